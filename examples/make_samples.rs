//! Makes `samples/contacts-10k.csv`: a list as people have them, of numbers that belong to nobody.
//!
//! `cargo run --example make_samples > samples/contacts-10k.csv` gives the same bytes every time. American numbers end
//! in 555-01xx, which is kept free for examples; a few of other countries are the examples of their numbering plans.

#![expect(clippy::indexing_slicing, reason = "every index is a remainder of the table's length, or below it")]

use std::io::{self, BufWriter, Write};

const AREA_CODES: [u16; 110] = [
    201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228, 229, 231, 234,
    239, 240, 248, 251, 252, 253, 254, 256, 260, 262, 267, 269, 270, 276, 281, 301, 302, 303, 304, 305, 307, 308, 309,
    310, 312, 313, 314, 315, 316, 317, 318, 319, 320, 321, 323, 325, 330, 334, 336, 337, 339, 346, 347, 351, 352, 360,
    361, 385, 386, 401, 402, 404, 405, 406, 407, 408, 409, 410, 412, 413, 414, 415, 416, 417, 419, 423, 424, 425, 430,
    432, 434, 435, 440, 443, 458, 469, 470, 475, 478, 479, 480, 484, 501, 502, 503, 504, 505,
];

const LISTS: [&str; 7] = ["North", "South", "East", "West", "Coast", "Lakes", "Plains"];

/// The example numbers of other countries' plans, as their people write them.
const ABROAD: [(&str, &str); 10] = [
    ("GB", "07400 123456"),
    ("DE", "01512 3456789"),
    ("FR", "06 12 34 56 78"),
    ("IT", "312 345 6789"),
    ("ES", "612 34 56 78"),
    ("SE", "070-123 45 67"),
    ("AU", "0412 345 678"),
    ("JP", "090-1234-5678"),
    ("BR", "(11) 96123-4567"),
    ("IN", "081234 56789"),
];

fn main() -> io::Result<()> {
    let mut random = fastrand::Rng::with_seed(20_261);
    let mut out = BufWriter::new(io::stdout().lock());
    writeln!(out, "customer,phone,country,list,note")?;
    for customer in 1..=10_000 {
        let list = LISTS[customer % LISTS.len()];
        let (country, phone) = phone(customer, &mut random);
        let list = if customer.is_multiple_of(50) { format!("{list};VIP") } else { list.to_owned() };
        let note = if customer.is_multiple_of(97) { "\"asked for \"\"mornings\"\", please\"" } else { "" };
        writeln!(out, "C{customer:05},{phone},{country},{list},{note}")?;
    }
    out.flush()
}

/// One cell: mostly a number, written in one of the usual ways; sometimes what lists have instead.
fn phone(customer: usize, random: &mut fastrand::Rng) -> (&'static str, String) {
    if customer.is_multiple_of(400) {
        let (country, phone) = ABROAD[customer / 400 % ABROAD.len()];
        return (country, phone.to_owned());
    }
    // Duplicates are what is left of people who signed up twice.
    let subscriber = if customer.is_multiple_of(25) { customer - 7 } else { customer };
    let area = AREA_CODES[subscriber / 100];
    let last = subscriber % 100;
    let phone = match random.u8(0..100) {
        0..30 => format!("({area}) 555-01{last:02}"),
        30..55 => format!("+1 {area} 555 01{last:02}"),
        55..70 => format!("{area}.555.01{last:02}"),
        70..85 => format!("1-{area}-555-01{last:02}"),
        85..92 => format!("{area}55501{last:02}"),
        92..95 => format!("'+1{area}55501{last:02}"),
        95 => String::new(),
        96 => "ask at the desk".to_owned(),
        97 => format!("555-01{last:02}"),
        98 => format!("({area}) 555-01{last:02} ext. 4"),
        _ => "2.12556E+09".to_owned(),
    };
    ("US", phone)
}
