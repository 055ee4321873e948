//! Memory grows with the distinct numbers of a list and with nothing else: at most 32 bytes for each, and 64 MiB.
#![cfg(target_os = "linux")]

use std::io::{BufWriter, Read, Write};
use std::process::{ChildStdin, Stdio};

use crate::workdir::Workdir;

const BOUND: u64 = 64 << 20;

/// The most memory that `check` has held, in bytes, when it has read a list and not yet ended.
///
/// Its rejects go to a pipe that nobody empties: they are more than a pipe holds and less than is written at once, so
/// that the first of them comes when all has been read, and the process then waits to be looked at.
fn peak(write_rows: impl FnOnce(&mut BufWriter<ChildStdin>) -> std::io::Result<()>) -> u64 {
    let dir = Workdir::new();
    let mut command = dir.command(["check", "-", "--phone-column", "phone", "--rejects", "-", "--threads", "2", "-q"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = BufWriter::with_capacity(1 << 16, child.stdin.take().unwrap());
    stdin.write_all(b"name,phone,note\n").unwrap();
    write_rows(&mut stdin).unwrap();
    for row in 0..2_300 {
        writeln!(stdin, "nobody {row},none,{:20}", "").unwrap();
    }
    drop(stdin.into_inner().unwrap());
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0]).unwrap();
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the process is still there");
    let kilobytes: u64 = peak.trim().trim_end_matches("kB").trim().parse().unwrap();
    let rejects = stdout.read_to_end(&mut Vec::new()).unwrap();
    assert!((64 << 10..256 << 10).contains(&rejects), "{rejects} bytes of rejects show no peak");
    assert_eq!(child.wait().unwrap().code(), Some(3));
    kilobytes << 10
}

#[test]
fn rows_leave_nothing_behind_but_their_numbers() {
    let note = "x".repeat(150);
    let peak = peak(|list| {
        for row in 0..600_000 {
            writeln!(list, "somebody {row},+1212555{:04},{note}", row % 10_000)?;
        }
        Ok(())
    });
    assert!(peak <= BOUND + 32 * 10_000, "{} MiB", peak >> 20);
}

#[test]
fn a_number_takes_32_bytes_at_most() {
    // Just past the place where hash tables double: in 64 parts of 14,336 numbers each.
    let numbers = 64 * 14_336 + 40_000;
    let peak = peak(|list| {
        for row in 0..numbers {
            writeln!(list, ",+1{}{:07},", [212, 213][row / 800 / 10_000], 2_000_000 + row % 8_000_000)?;
        }
        Ok(())
    });
    let bound = BOUND + 32 * u64::try_from(numbers).unwrap();
    assert!(peak <= bound, "{} MiB of {} MiB", peak >> 20, bound >> 20);
}
