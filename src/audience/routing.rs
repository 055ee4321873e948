//! Which groups a row is for.

use std::collections::HashMap;

use super::Action;
use super::gathering::{Before, Gathering};
use crate::numbers::Msisdn;

/// The groups that rows have named so far, with their numbers.
#[derive(Default)]
pub(super) struct Routes {
    groups: Vec<(Vec<u8>, Gathering)>,
    index: HashMap<Vec<u8>, usize, foldhash::fast::RandomState>,
    last_cell: Vec<u8>,
    last_route: Vec<usize>,
}

/// Splits a group cell into names: several are separated by `;` or `|`, blanks around them do not count.
pub(super) fn names(cell: &[u8]) -> impl Iterator<Item = &[u8]> {
    cell.split(|byte| matches!(byte, b';' | b'|')).map(<[u8]>::trim_ascii).filter(|name| !name.is_empty())
}

/// Whether a group cell names any group.
pub(super) fn names_any(cell: &[u8]) -> bool {
    names(cell).next().is_some()
}

impl Routes {
    /// One group for every row.
    pub(super) fn single() -> Self {
        let mut routes = Self::default();
        routes.groups.push((Vec::new(), Gathering::default()));
        routes.last_route.push(0);
        routes
    }

    /// Chooses the groups for the numbers that follow. Rows of one group usually stand together, so that the last
    /// answer is kept.
    pub(super) fn choose(&mut self, cell: &[u8]) {
        if cell == self.last_cell && !self.last_route.is_empty() {
            return;
        }
        self.last_cell.clear();
        self.last_cell.extend_from_slice(cell);
        self.last_route.clear();
        for name in names(cell) {
            let next = self.groups.len();
            let index = *self.index.entry(name.to_vec()).or_insert(next);
            if index == next {
                self.groups.push((name.to_vec(), Gathering::default()));
            }
            if !self.last_route.contains(&index) {
                self.last_route.push(index);
            }
        }
    }

    /// Notes in the chosen groups what is asked for a number; says whether that was news to any of them.
    pub(super) fn insert(&mut self, number: Msisdn, action: Action) -> bool {
        let mut news = false;
        for index in &self.last_route {
            if let Some((_, gathering)) = self.groups.get_mut(*index) {
                news |= gathering.insert(number, action) != Before::Same;
            }
        }
        news
    }

    /// The chosen groups, by their places in order of appearance.
    pub(super) fn chosen(&self) -> impl Iterator<Item = u32> + '_ {
        self.last_route.iter().map(|index| u32::try_from(*index).unwrap_or(u32::MAX))
    }

    /// What was last asked for a number in a group.
    pub(super) fn last_word(&self, group: u32, number: Msisdn) -> Option<Action> {
        let (_, gathering) = self.groups.get(usize::try_from(group).ok()?)?;
        gathering.last_word(number)
    }

    /// The groups, sorted by name.
    pub(super) fn into_groups(mut self) -> Vec<(Vec<u8>, Gathering)> {
        self.groups.sort_by(|(a, _), (b, _)| a.cmp(b));
        self.groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(value: u64) -> Msisdn {
        Msisdn::from_value(value).expect("in range")
    }

    #[test]
    fn a_cell_may_name_several_groups() {
        let mut routes = Routes::default();
        routes.choose(b" north ; south|north;");
        assert!(routes.insert(number(7), Action::Add));
        assert!(!routes.insert(number(7), Action::Add));
        routes.choose(b"west;south");
        assert!(routes.insert(number(7), Action::Add), "new to west");
        routes.choose(b"south");
        assert!(!routes.insert(number(7), Action::Add));
        assert!(routes.insert(number(7), Action::Remove), "the opposite is news");
        let count = |(name, gathering): (Vec<u8>, Gathering)| {
            let numbers = gathering.into_numbers();
            (name, numbers.listed.len(), numbers.unlisted.len())
        };
        let found: Vec<_> = routes.into_groups().into_iter().map(count).collect();
        assert_eq!(found, [(b"north".to_vec(), 1, 0), (b"south".to_vec(), 0, 1), (b"west".to_vec(), 1, 0)]);
    }
}
