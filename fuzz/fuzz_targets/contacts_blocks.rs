//! Any bytes, cut into blocks of any size: the same rows, and every byte but line breaks in exactly one of them.
//!
//! `cargo +nightly fuzz run contacts_blocks`
#![no_main]

use std::io::Write;

use libfuzzer_sys::fuzz_target;
use rollcall::contacts::{Block, Input, List, ReadOptions, Scratch};

/// Line, bytes and whether it is damaged, of every row.
type Rows = Vec<(u64, Vec<u8>, bool)>;

fn rows(input: &Input, block_bytes: usize) -> Rows {
    let options = ReadOptions {
        phone_columns: vec!["1".parse().unwrap()],
        delimiter: Some(b','),
        encoding: Some("utf-8".to_owned()),
        no_header: true,
        ..ReadOptions::default()
    };
    let mut list = List::open_in_blocks(std::slice::from_ref(input), &options, &|_, _| false, block_bytes).unwrap();
    let (mut block, mut scratch) = (Block::default(), Scratch::default());
    let mut seen = Vec::new();
    while list.next_block(&mut block).unwrap() {
        let mut rows = block.rows(&mut scratch);
        while let Some(row) = rows.next_row() {
            seen.push((row.line(), row.raw().to_vec(), row.damage().is_some()));
        }
    }
    seen
}

fuzz_target!(|data: (&[u8], u8)| {
    let (text, block_bytes) = data;
    // What is packed, or begins with the mark of an encoding, is another target's.
    if !text.first().is_some_and(|byte| byte.is_ascii_alphanumeric() || b",\"\n".contains(byte)) {
        return;
    }
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text).unwrap();
    let input = Input::Path(file.path().to_owned());
    if text.starts_with(b"PK") || text.starts_with(b"PAR1") || text.starts_with(b"BZh") || text.starts_with(b"7z") {
        return;
    }
    let whole = rows(&input, 1 << 20);
    assert_eq!(whole, rows(&input, usize::from(block_bytes) + 1));
    assert!(whole.windows(2).all(|pair| pair[0].0 < pair[1].0));
});
