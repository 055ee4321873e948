//! Any file, with nothing pinned: an answer or an error, and every cell can be asked for.
//!
//! `cargo +nightly fuzz run contacts_detection`
#![no_main]

use std::io::Write;

use libfuzzer_sys::fuzz_target;
use rollcall::contacts::{Block, Input, List, ReadOptions, Scratch};

fuzz_target!(|text: &[u8]| {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text).unwrap();
    let judge = |cell: &[u8], _: &[u8]| cell.iter().filter(|byte| byte.is_ascii_digit()).count() > 6;
    let input = Input::Path(file.path().to_owned());
    let mut list = match List::open(&[input], &ReadOptions::default(), &judge) {
        Ok(list) => list,
        Err(error) => {
            let _ = (error.to_string(), error.hint(), error.class());
            return;
        }
    };
    let (mut block, mut scratch) = (Block::default(), Scratch::default());
    while let Ok(true) = list.next_block(&mut block) {
        let mut rows = block.rows(&mut scratch);
        while let Some(row) = rows.next_row() {
            assert_eq!(row.union_cells().count(), list.header().len());
            assert!(row.cells().len() > 0 && row.phones().len() <= 1);
            if let Some(whole) = row.verbatim(b',') {
                assert_eq!(whole, row.raw());
            }
        }
    }
});
