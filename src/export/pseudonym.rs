//! Pseudonyms: what stands for a number where the number itself is nobody's business.
//!
//! HMAC-SHA-256 (RFC 2104) of the number's E.164 form, `+` included, under a secret key. The same number has the same
//! pseudonym wherever the same key is used, so that tables can be joined; a plain hash would be undone in an hour by
//! hashing all numbers there are.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::numbers::Msisdn;

/// The shortest key, in bytes: what can be guessed is no secret.
pub const SHORTEST_KEY: usize = 16;
/// The longest key, in bytes. Whatever is longer is another kind of file.
pub const LONGEST_KEY: usize = 4096;

/// A secret key for pseudonyms. Its `Debug` shows nothing of it.
pub struct Key {
    keyed: Hmac<Sha256>,
    exposed: bool,
}

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the fields are what the messages show")]
pub enum KeyError {
    /// It cannot be read.
    #[error("cannot read the key {}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    /// Somebody could guess it.
    #[error("the key in {} has {length} bytes; it needs at least {SHORTEST_KEY}", path.display())]
    TooShort { path: PathBuf, length: usize },
    /// It is something else than a key.
    #[error("{} is no key: it has more than {LONGEST_KEY} bytes", path.display())]
    TooLong { path: PathBuf },
}

impl KeyError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unreadable { .. } | Self::TooLong { .. } => {
                Some("name the file that holds the key; `openssl rand -hex 32` makes one".to_owned())
            }
            Self::TooShort { .. } => {
                Some("make one with `openssl rand -hex 32`, and keep it: another key gives other pseudonyms".to_owned())
            }
        }
    }
}

impl Key {
    /// Reads a key: all bytes of the file but the line break at its end.
    ///
    /// # Errors
    /// When the file cannot be read, or holds no good key.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let unreadable = |source| KeyError::Unreadable { path: path.to_owned(), source };
        let file = std::fs::File::open(path).map_err(unreadable)?;
        let exposed = is_exposed(&file.metadata().map_err(unreadable)?);
        let mut bytes = Vec::new();
        let most = u64::try_from(LONGEST_KEY).unwrap_or(u64::MAX) + 3;
        file.take(most).read_to_end(&mut bytes).map_err(unreadable)?;
        let key = bytes.strip_suffix(b"\n").map_or(&*bytes, |line| line.strip_suffix(b"\r").unwrap_or(line));
        if key.len() > LONGEST_KEY {
            return Err(KeyError::TooLong { path: path.to_owned() });
        }
        let short = || KeyError::TooShort { path: path.to_owned(), length: key.len() };
        if key.len() < SHORTEST_KEY {
            return Err(short());
        }
        Ok(Self { keyed: Hmac::new_from_slice(key).map_err(|_| short())?, exposed })
    }

    /// Whether others on this machine may read the key, and so find out whom a pseudonym stands for.
    #[must_use]
    pub fn is_exposed(&self) -> bool {
        self.exposed
    }

    /// A number's pseudonym.
    pub(super) fn pseudonym(&self, number: Msisdn) -> Pseudonym {
        let mut keyed = self.keyed.clone();
        let mut digits = [b'+'; 16];
        let length = written(number, &mut digits);
        keyed.update(digits.get(..length).unwrap_or_default());
        Pseudonym(keyed.finalize().into_bytes().into())
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

/// What stands for a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pseudonym([u8; 32]);

impl Pseudonym {
    /// The first half of its first half: enough to put pseudonyms into their order.
    pub(super) fn rank(self) -> u64 {
        self.0.iter().take(8).fold(0, |rank, byte| rank << 8 | u64::from(*byte))
    }

    /// Appends the 64 hexadecimal digits.
    pub(super) fn write(self, out: &mut String) {
        let nibbles = self.0.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        out.extend(nibbles.filter_map(|nibble| char::from_digit(u32::from(nibble), 16)));
    }
}

/// Writes a plus and the digits; yields how many bytes that are.
fn written(number: Msisdn, out: &mut [u8; 16]) -> usize {
    let mut rest: &mut [u8] = out;
    // Fifteen digits and a plus have their place.
    let _ = io::Write::write_fmt(&mut rest, format_args!("{number}"));
    let left = rest.len();
    out.len() - left
}

#[cfg(unix)]
fn is_exposed(file: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.is_file() && file.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn is_exposed(_: &std::fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    fn key(bytes: &[u8]) -> Result<Key, KeyError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        Key::read(file.path())
    }

    fn pseudonym(key: &Key, number: &str) -> String {
        let mut out = String::new();
        key.pseudonym(number.parse().unwrap()).write(&mut out);
        out
    }

    #[test]
    fn a_pseudonym_is_the_keyed_hash_of_the_number() {
        // printf %s +12125550100 | openssl dgst -sha256 -hmac 0123456789abcdef
        let expected = "eb0009e3407c6cc7c471d4aa921ec9555128fb4524ea9005aaa5c22c8acb8d87";
        for text in ["0123456789abcdef", "0123456789abcdef\n", "0123456789abcdef\r\n"] {
            assert_eq!(pseudonym(&key(text.as_bytes()).unwrap(), "+12125550100"), expected);
        }
        let other = key(b"0123456789abcdef ").unwrap();
        assert_ne!(pseudonym(&other, "+12125550100"), expected);
    }

    #[test]
    fn the_rank_orders_as_the_text_does() {
        let key = key(&[7; 32]).unwrap();
        let all = (1..200_u64).map(|value| key.pseudonym(Msisdn::from_value(value).unwrap()));
        let mut by_rank: Vec<Pseudonym> = all.collect();
        by_rank.sort_by_key(|pseudonym| pseudonym.rank());
        assert!(by_rank.is_sorted());
    }

    #[test]
    fn a_bad_key_is_refused_and_a_good_one_stays_secret() {
        assert!(matches!(key(b""), Err(KeyError::TooShort { length: 0, .. })));
        assert!(matches!(key(b"fifteen bytes..\n"), Err(KeyError::TooShort { length: 15, .. })));
        assert!(matches!(key(&[b'k'; LONGEST_KEY + 1]), Err(KeyError::TooLong { .. })));
        assert!(key(&[b'k'; LONGEST_KEY]).is_ok());
        assert!(matches!(Key::read(Path::new("/nowhere")), Err(KeyError::Unreadable { .. })));
        assert_eq!(format!("{:?}", key(b"0123456789abcdef").unwrap()), "Key(…)");
    }
}
