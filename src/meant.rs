//! Which word was probably meant, where one was written that does not exist.
//!
//! Receives the word and those that exist; yields the nearest, if it is near enough to be offered.

/// The place of the word that was probably meant: one that contains the other, or of whose letters at most a third
/// differ. Case counts: fold both before, where it should not.
pub fn place<'a>(written: &str, words: impl IntoIterator<Item = &'a str>) -> Option<usize> {
    let scored = words.into_iter().enumerate().map(|(place, word)| {
        let contained = !word.is_empty() && !written.is_empty() && (word.contains(written) || written.contains(word));
        let far = if contained { 1 } else { distance(written, word) };
        (far, word.chars().count().max(written.chars().count()), place)
    });
    let (far, length, place) = scored.min_by_key(|(far, ..)| *far)?;
    (far * 3 <= length.max(3)).then_some(place)
}

/// How many letters must be changed, added, dropped or swapped with their neighbour to make one word of another.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    let (mut row_before, mut letter_before) = (Vec::new(), None);
    for (above, letter) in one.chars().enumerate() {
        let mut next = vec![above + 1];
        let mut beside_before = None;
        for (at, &beside) in other.iter().enumerate() {
            let cell = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX - 1);
            let mut cost = (cell(&row, at) + usize::from(beside != letter)).min(cell(&next, at) + 1);
            cost = cost.min(cell(&row, at + 1) + 1);
            if letter_before == Some(beside) && beside_before == Some(letter) {
                cost = cost.min(cell(&row_before, at - 1) + 1);
            }
            next.push(cost);
            beside_before = Some(beside);
        }
        row_before = std::mem::replace(&mut row, next);
        letter_before = Some(letter);
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_counts_changed_letters() {
        assert_eq!(distance("phone", "phone"), 0);
        assert_eq!(distance("phnoe", "phone"), 1);
        assert_eq!(distance("rtae", "rate"), 1);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("ab", "ba"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("mobil", "mobile"), 1);
    }

    #[test]
    fn only_a_near_word_is_offered() {
        assert_eq!(place("regoin", ["group", "region", "rate"]), Some(1));
        assert_eq!(place("xyzzy", ["group", "region", "rate"]), None);
        assert_eq!(place("group", []), None);
    }
}
