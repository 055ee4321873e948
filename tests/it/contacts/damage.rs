//! Damage at every place of a file costs at most the damaged record.
