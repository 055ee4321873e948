//! From an input to its bytes.

use std::fs::File;
use std::io::{self, Read};

use super::Input;

/// Opens an input. `again`: it can be opened a second time and will yield the same.
pub(super) struct Source {
    pub(super) bytes: Box<dyn Read + Send>,
    pub(super) again: bool,
}

impl Source {
    pub(super) fn open(input: &Input) -> io::Result<Self> {
        match input {
            Input::Stdin => Ok(Self { bytes: Box::new(io::stdin()), again: false }),
            Input::Path(path) => {
                let file = File::open(path)?;
                let again = file.metadata()?.is_file();
                Ok(Self { bytes: Box::new(file), again })
            }
        }
    }
}
