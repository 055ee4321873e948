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

/// How many letters must be changed, added or dropped to make one word of another.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (above, letter) in one.chars().enumerate() {
        let mut diagonal = above;
        let mut left = above + 1;
        let mut next = vec![left];
        for (&beside, up) in other.iter().zip(row.iter().skip(1)) {
            let cost = (diagonal + usize::from(beside != letter)).min(left + 1).min(up + 1);
            diagonal = *up;
            left = cost;
            next.push(cost);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_counts_changed_letters() {
        assert_eq!(distance("phone", "phone"), 0);
        assert_eq!(distance("phnoe", "phone"), 2);
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
