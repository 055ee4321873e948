//! Reads `tables.bin`, whose layout is written down beside its generator (`examples/make_tables/compile/blob.rs`).

use super::super::{NumberType, Region};
use super::plan::{Action, Code, LABEL, Label, Numbering, Plans, STRIDE};

const BYTES: &[u8] = include_bytes!("tables.bin");

/// The version of the layout that is read here.
const VERSION: u16 = 2;

/// The types in the order of the generator's numbers.
const KINDS: [NumberType; 12] = [
    NumberType::Unknown,
    NumberType::PremiumRate,
    NumberType::TollFree,
    NumberType::SharedCost,
    NumberType::Voip,
    NumberType::PersonalNumber,
    NumberType::Pager,
    NumberType::Uan,
    NumberType::Voicemail,
    NumberType::FixedLine,
    NumberType::Mobile,
    NumberType::FixedLineOrMobile,
];

/// Reads the tables that are built into the program; `None` when they are not of this layout.
pub(super) fn read() -> Option<Plans> {
    let mut rest = Bytes(BYTES);
    if rest.take()? != *b"RCTB" || rest.short()? != VERSION {
        return None;
    }
    let [codes, regions, labels, actions, nodes] =
        [rest.short()?, rest.short()?, rest.short()?, rest.short()?, rest.short()?];

    let mut first = 0;
    let codes: Box<[Code]> = (0..codes)
        .map(|_| {
            let (value, root, regions) = (rest.short()?, rest.short()?, rest.short()?);
            let code = Code { value, root, regions: first..first + usize::from(regions) };
            first = code.regions.end;
            Some(code)
        })
        .collect::<Option<_>>()?;
    let owners = codes
        .iter()
        .zip(0..)
        .flat_map(|(code, index)| code.regions.clone().zip(0..).map(move |(_, place)| (index, place)));
    let regions: Box<[Numbering]> = owners
        .take(regions.into())
        .map(|(code, place)| {
            let name: [u8; 2] = rest.take()?;
            let region = if name == *b"01" { Region::NON_GEOGRAPHIC } else { Region::from_iso2(&name)? };
            let (trunk, idd, national_prefix) = (rest.take()?, rest.short()?, rest.short()?);
            Some(Numbering {
                region,
                code,
                place,
                trunk,
                idd,
                national_prefix,
                possible: rest.long()?,
                local_only: rest.long()?,
            })
        })
        .collect::<Option<_>>()?;
    let labels = (0..labels)
        .map(|_| {
            let general = rest.long()?;
            let [owner, kind, with_prefix, _] = rest.take()?;
            Some(Label { general, owner, kind: *KINDS.get(usize::from(kind))?, with_prefix: with_prefix != 0 })
        })
        .collect::<Option<_>>()?;
    let actions = (0..actions)
        .map(|_| {
            let front = rest.take()?;
            let [front_len, from, to, rest] = rest.take()?;
            Some(Action { front, front_len, from, to, rest })
        })
        .collect::<Option<_>>()?;
    let mut next = vec![0; usize::from(nodes) * STRIDE];
    for node in next.chunks_exact_mut(STRIDE) {
        for target in node.iter_mut().take(LABEL + 1) {
            *target = rest.short()?;
        }
    }
    if !rest.0.is_empty() {
        return None;
    }
    Some(Plans::new(next.into(), labels, actions, codes, regions))
}

struct Bytes(&'static [u8]);

impl Bytes {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*head)
    }

    fn short(&mut self) -> Option<u16> {
        self.take().map(u16::from_le_bytes)
    }

    fn long(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }
}
