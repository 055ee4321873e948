//! Files of every kind, folders and globs, read as one list; what is not told is detected, and said.

use std::fs;
use std::io::Write;
use std::path::Path;

use rollcall::contacts::{ContactsError, ErrorClass, List, ReadOptions, RecordWriter, expand};

use super::{judge, read, rows, told};

fn open(paths: &[&Path], options: &ReadOptions) -> Result<List, ContactsError> {
    List::open(&expand(paths)?, options, &judge)
}

fn write(folder: &tempfile::TempDir, name: &str, bytes: impl AsRef<[u8]>) -> std::path::PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    path
}

fn header(list: &List) -> Vec<String> {
    list.header().iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect()
}

fn said<'a>(list: &'a List, what: &str) -> Vec<&'a str> {
    list.detections().iter().filter(|said| said.what == what).map(|said| said.value.as_str()).collect()
}

fn pinned(column: &str) -> ReadOptions {
    ReadOptions { phone_columns: vec![column.parse().unwrap()], ..ReadOptions::default() }
}

/// The rows' cells in the order of the list's header.
fn united(list: &mut List) -> Vec<(usize, u64, Vec<String>)> {
    let (mut block, mut scratch) = Default::default();
    let mut all = Vec::new();
    while list.next_block(&mut block).unwrap() {
        let mut rows = block.rows(&mut scratch);
        while let Some(row) = rows.next_row() {
            let cells = row.union_cells().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
            all.push((row.file(), row.line(), cells));
        }
    }
    all
}

const LIST: &str = "name;mobile;note\nZoé;+447911123450;x, y\nBob;+447911123451;\nCyd;+447911123452;z\n";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

/// A ZIP archive that stores its files as they are.
fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for (name, text) in files {
        let mut crc = flate2::Crc::new();
        crc.update(text.as_bytes());
        let (offset, size) = (u32::try_from(archive.len()).unwrap(), u32::try_from(text.len()).unwrap());
        let mut about = Vec::new();
        about.extend_from_slice(&[20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0]);
        about.extend_from_slice(&crc.sum().to_le_bytes());
        about.extend_from_slice(&size.to_le_bytes());
        about.extend_from_slice(&size.to_le_bytes());
        about.extend_from_slice(&u16::try_from(name.len()).unwrap().to_le_bytes());
        about.extend_from_slice(&[0, 0]);
        archive.extend_from_slice(b"PK\x03\x04");
        archive.extend_from_slice(&about);
        archive.extend_from_slice(name.as_bytes());
        archive.extend_from_slice(text.as_bytes());
        directory.extend_from_slice(b"PK\x01\x02\x14\0");
        directory.extend_from_slice(&about);
        directory.extend_from_slice(&[0; 10]);
        directory.extend_from_slice(&offset.to_le_bytes());
        directory.extend_from_slice(name.as_bytes());
    }
    let offset = u32::try_from(archive.len()).unwrap();
    let count = u16::try_from(files.len()).unwrap().to_le_bytes();
    archive.extend_from_slice(&directory);
    archive.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    archive.extend_from_slice(&count);
    archive.extend_from_slice(&count);
    archive.extend_from_slice(&u32::try_from(directory.len()).unwrap().to_le_bytes());
    archive.extend_from_slice(&offset.to_le_bytes());
    archive.extend_from_slice(&[0, 0]);
    archive
}

/// A workbook with those sheets: name, and the XML of its rows.
fn workbook(sheets: &[(&str, &str)]) -> Vec<u8> {
    const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>"#;
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const DOC: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
    let each = |text: &dyn Fn(usize, &str) -> String| -> String {
        sheets.iter().enumerate().map(|(at, (name, _))| text(at + 1, name)).collect()
    };
    let types = each(&|at, _| {
        format!(
            r#"<Override PartName="/xl/worksheets/sheet{at}.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>"#
        )
    });
    let listed = each(&|at, name| format!(r#"<sheet name="{name}" sheetId="{at}" r:id="rId{at}"/>"#));
    let related = each(&|at, _| {
        format!(r#"<Relationship Id="rId{at}" Type="{DOC}/worksheet" Target="worksheets/sheet{at}.xml"/>"#)
    });
    let mut files = vec![
        (
            "[Content_Types].xml".to_owned(),
            format!(
                r#"{HEAD}<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>{types}</Types>"#
            ),
        ),
        (
            "_rels/.rels".to_owned(),
            format!(
                r#"{HEAD}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{DOC}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
            ),
        ),
        (
            "xl/workbook.xml".to_owned(),
            format!(r#"{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{DOC}"><sheets>{listed}</sheets></workbook>"#),
        ),
        (
            "xl/_rels/workbook.xml.rels".to_owned(),
            format!(
                r#"{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{related}<Relationship Id="styles" Type="{DOC}/styles" Target="styles.xml"/></Relationships>"#
            ),
        ),
        (
            "xl/styles.xml".to_owned(),
            format!(
                r#"{HEAD}<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#
            ),
        ),
    ];
    for (at, (_, rows)) in sheets.iter().enumerate() {
        files.push((
            format!("xl/worksheets/sheet{}.xml", at + 1),
            format!(r#"{HEAD}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>"#),
        ));
    }
    zip(&files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect::<Vec<_>>())
}

const SHEET: &str = r#"<row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c><c r="B1" t="inlineStr"><is><t>phone</t></is></c><c r="C1" t="inlineStr"><is><t>since</t></is></c></row>
<row r="3"><c r="A3" t="inlineStr"><is><t>Ann
of two lines</t></is></c><c r="B3"><v>447911123450</v></c><c r="C3" s="1"><v>45413</v></c></row>
<row r="4"><c r="B4"><v>4.47911123451E11</v></c></row>
<row r="5"><c r="A5" t="b"><v>1</v></c><c r="B5" t="str"><v>+447911123452</v></c><c r="C5" s="1"><v>447911123453</v></c></row>"#;

#[test]
fn packing_is_known_by_content_not_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let plain = write(&folder, "plain.csv", LIST);
    let expected = rows(&mut open(&[&plain], &ReadOptions::default()).unwrap());
    assert_eq!(expected.len(), 3);
    let zstd = zstd::encode_all(LIST.as_bytes(), 0).unwrap();
    let two = [gzip(&LIST.as_bytes()[..30]), gzip(&LIST.as_bytes()[30..])].concat();
    for (name, bytes, packing) in [
        ("a.csv", gzip(LIST.as_bytes()), "gzip"),
        ("b.txt", zstd, "zstd"),
        ("two", two, "gzip"),
        ("c", gzip(&gzip(LIST.as_bytes())), "gzip, gzip"),
    ] {
        let path = write(&folder, name, bytes);
        let mut list = open(&[&path], &ReadOptions::default()).unwrap();
        assert_eq!(rows(&mut list), expected, "{name}");
        assert_eq!(said(&list, "packing"), [packing]);
    }
    let cut = gzip(LIST.repeat(50).as_bytes());
    let path = write(&folder, "cut.gz", &cut[..cut.len() - 12]);
    let error = open(&[&path], &ReadOptions::default()).map(|mut list| rows_or_error(&mut list)).and_then(|read| read);
    assert_eq!(error.unwrap_err().class(), ErrorClass::Unreadable);
}

fn rows_or_error(list: &mut List) -> Result<(), ContactsError> {
    let mut block = rollcall::contacts::Block::default();
    while list.next_block(&mut block)? {}
    Ok(())
}

#[test]
fn a_list_in_any_encoding_gives_the_same_rows() {
    let folder = tempfile::tempdir().unwrap();
    let text = LIST.repeat(2);
    let plain = write(&folder, "plain.csv", &text);
    let expected = rows(&mut open(&[&plain], &ReadOptions::default()).unwrap());
    let wide = |order: fn(u16) -> [u8; 2], text: &str| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    let marked = format!("\u{feff}{text}");
    let latin: Vec<u8> = encoding_rs::WINDOWS_1252.encode(&text).0.into_owned();
    for (name, bytes) in [
        ("UTF-8", marked.clone().into_bytes()),
        ("UTF-16LE", wide(u16::to_le_bytes, &text)),
        ("UTF-16LE", wide(u16::to_le_bytes, &marked)),
        ("UTF-16BE", wide(u16::to_be_bytes, &text)),
        ("UTF-16BE", wide(u16::to_be_bytes, &marked)),
        ("windows-1252", latin.clone()),
    ] {
        let path = write(&folder, "encoded.csv", bytes);
        let mut list = open(&[&path], &ReadOptions::default()).unwrap();
        assert_eq!(said(&list, "encoding"), [name]);
        assert_eq!(rows(&mut list), expected, "{name}");
    }
    let path = write(&folder, "latin.csv", latin);
    let options = ReadOptions { encoding: Some("latin1".to_owned()), ..ReadOptions::default() };
    assert_eq!(rows(&mut open(&[&path], &options).unwrap()), expected);
    let options = ReadOptions { encoding: Some("klingon".to_owned()), ..ReadOptions::default() };
    assert_eq!(open(&[&path], &options).err().unwrap().class(), ErrorClass::Nowhere);
}

#[test]
fn a_workbook_is_read_as_it_stands_there() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = workbook(&[("people", SHEET), ("other", r#"<row r="1"><c r="A1"><v>1</v></c></row>"#)]);
    for (name, bytes) in [("list.csv", bytes.clone()), ("packed.gz", gzip(&bytes))] {
        let path = write(&folder, name, bytes);
        let mut list = open(&[&path], &ReadOptions::default()).unwrap();
        assert_eq!(said(&list, "sheet"), ["`people`"]);
        assert_eq!(header(&list), ["name", "phone", "since"]);
        let expected = [
            (3, vec!["Ann\nof two lines", "447911123450", "2024-05-01"]),
            (4, vec!["", "447911123451"]),
            (5, vec!["TRUE", "+447911123452", "447911123453"]),
        ]
        .map(|(line, cells)| (line, cells.into_iter().map(str::to_owned).collect()));
        assert_eq!(told(&rows(&mut list)), expected);
    }
    let path = folder.path().join("list.csv");
    let options = ReadOptions { sheet: Some("other".to_owned()), no_header: true, ..ReadOptions::default() };
    assert_eq!(told(&rows(&mut open(&[&path], &options).unwrap())), [(1, vec!["1".to_owned()])]);
    let options = ReadOptions { sheet: Some("none".to_owned()), ..ReadOptions::default() };
    let error = open(&[&path], &options).err().unwrap();
    assert_eq!(error.class(), ErrorClass::Nowhere);
    assert!(error.to_string().contains("`people`, `other`"), "{error}");
}

#[test]
fn what_is_no_list_is_refused_by_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in [
        ("a.csv", zip(&[("list.csv", LIST)])),
        ("b.csv", b"%PDF-1.7\nphone\n".to_vec()),
        ("c.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and more than that".to_vec()),
    ] {
        let error = open(&[&write(&folder, name, bytes)], &ReadOptions::default()).err().unwrap();
        assert_eq!(error.class(), ErrorClass::Unreadable, "{error}");
        assert!(error.hint().is_some());
    }
}

#[test]
fn several_inputs_are_one_list_with_the_union_of_their_columns() {
    let folder = tempfile::tempdir().unwrap();
    let one = write(&folder, "1.csv", "name,phone\nAnn,+447911123450\n");
    let two = write(&folder, "2.csv", "phone;city;name;_reason\n+447911123451;Ulm;Bob;too_short\n");
    let three = write(&folder, "3.csv", "+447911123452,Cyd\n");
    let mut list = open(&[&one, &two, &three], &ReadOptions::default()).unwrap();
    assert_eq!(header(&list), ["name", "phone", "city"]);
    assert_eq!(list.delimiter(), b',');
    assert_eq!(said(&list, "header"), ["yes", "yes", "no"]);
    let row = |file, line, cells: [&str; 3]| (file, line, cells.map(str::to_owned).to_vec());
    assert_eq!(
        united(&mut list),
        [
            row(0, 2, ["Ann", "+447911123450", ""]),
            row(1, 2, ["Bob", "+447911123451", "Ulm"]),
            // Without names, columns are matched by place.
            row(2, 1, ["+447911123452", "Cyd", ""]),
        ]
    );
    let again = open(&[&folder.path().join("?.csv")], &ReadOptions::default()).unwrap();
    assert_eq!(again.files(), list.files());
    let folder_too = open(&[folder.path()], &ReadOptions::default()).unwrap();
    assert_eq!(folder_too.files(), list.files());
    assert!(matches!(open(&[&one, &two], &pinned("city")), Err(ContactsError::UnknownColumn { .. })));
}

#[test]
fn a_rejects_file_is_read_without_the_columns_that_are_ours() {
    let text =
        b"name,phone,_file,_line,_reason,_detail,_suggestion\nAnn,+447911123450,a.csv,7,too_short,,+447911123459\n";
    let seen = read(text, &ReadOptions::default());
    assert_eq!(seen[0].phones, [b"+447911123450"]);
    let folder = tempfile::tempdir().unwrap();
    let mut list = open(&[&write(&folder, "rejects.csv", text)], &ReadOptions::default()).unwrap();
    assert_eq!(header(&list), ["name", "phone"]);
    assert_eq!(united(&mut list)[0].2, ["Ann", "+447911123450"]);
}

#[test]
fn delimiters_and_quotes_are_found_by_evidence() {
    for (delimiter, shown) in [(",", "`,`"), (";", "`;`"), ("\t", "tab"), ("|", "`|`")] {
        let text =
            "name;phone;note\nDoe, Ann;+447911123450;a|b\nRoe, Bob;+447911123451;\"x;y\"\n".replace(';', delimiter);
        let text = text.replace("Doe,", if delimiter == "," { "Doe" } else { "Doe," });
        let text = text.replace("Roe,", if delimiter == "," { "Roe" } else { "Roe," });
        let text = text.replace("a|b", if delimiter == "|" { "ab" } else { "a|b" });
        let folder = tempfile::tempdir().unwrap();
        let mut list = open(&[&write(&folder, "list", text)], &ReadOptions::default()).unwrap();
        assert_eq!(said(&list, "delimiter"), [shown]);
        assert_eq!(rows(&mut list)[1].phones, [b"+447911123451"], "{shown}");
    }
    // Blanks around quotes, single quotes, and none at all.
    let seen =
        read(b"name, phone\n\"Doe, A\" , \"+447911123450\"\n\"Roe\", \"+447911123451\" \n", &ReadOptions::default());
    assert_eq!(seen[0].cells, [b"Doe, A".to_vec(), b"+447911123450".to_vec()]);
    assert_eq!(seen[1].cells, [b"Roe".to_vec(), b"+447911123451".to_vec()]);
    let seen = read(b"'name','phone'\n'Doe, Ann','+447911123450'\n'Roe','+447911123451'\n", &ReadOptions::default());
    assert_eq!(seen[0].cells, [b"Doe, Ann".to_vec(), b"+447911123450".to_vec()]);
    let text = format!("size\tphone\n{}", "\"5 inch\t+447911123450\n\"6\" inch\t+447911123451\n".repeat(4));
    let seen = read(text.as_bytes(), &ReadOptions::default());
    assert!(seen.len() == 8 && seen.iter().all(|row| !row.damaged));
    assert_eq!(seen[0].cells[0], b"\"5 inch");
}

#[test]
fn a_sep_line_is_obeyed_and_counts_as_a_line() {
    for first in ["sep=|", "SEP=|", "\"sep=|\""] {
        let text = format!("{first}\r\nname|phone\r\nAnn|+447911123450\r\n");
        assert_eq!(told(&read(text.as_bytes(), &ReadOptions::default()))[0].0, 3, "{first}");
    }
}

#[test]
fn an_unclear_delimiter_is_an_error_that_shows_the_candidates() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(&folder, "a", "a,b;c\nd,e;f\n");
    let error = open(&[&path], &ReadOptions::default()).err().unwrap();
    assert_eq!(error.class(), ErrorClass::Nowhere);
    assert!(error.to_string().contains("`,`: ") && error.to_string().contains("`;`: "), "{error}");
    let prose = write(
        &folder,
        "b",
        "Dear all,\nthis is a letter, and no list, or is it, really?\nAs I said.\nYours, truly,\nAnn\n",
    );
    assert!(matches!(open(&[&prose], &ReadOptions::default()), Err(ContactsError::UnclearDelimiter { .. })));
}

#[test]
fn one_column_needs_no_delimiter() {
    for text in ["phone\n+447911123450\n\n+447911123451\n", "+447911123450\n+447911123451", "number\njunk\n\"a, b\"\n"]
    {
        let folder = tempfile::tempdir().unwrap();
        let mut list = open(&[&write(&folder, "list", text)], &ReadOptions::default()).unwrap();
        assert_eq!(rows(&mut list).len(), 2, "{text:?}");
    }
}

#[test]
fn a_header_is_told_from_data() {
    for (text, expected) in [
        ("name,phone\nAnn,+447911123450\n", "yes"),
        ("a,b\nAnn,+447911123450\n", "yes"),
        ("Ann,+447911123450\nBob,+447911123451\n", "no"),
        // Its number is damaged, and it is a row all the same.
        ("Ann,+44 79111 FLOWERS\nBob,+447911123451\n", "no"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let list = open(&[&write(&folder, "list", text)], &ReadOptions::default()).unwrap();
        assert_eq!(said(&list, "header"), [expected], "{text}");
    }
}

#[test]
fn the_phone_column_is_found_by_name_and_content() {
    for (text, column) in [
        // By content alone; a date and an identifier are none.
        ("a,b,c,d\n2024-05-01,7,+447911123450,x\n2024-05-02,8,+447911123451,y\n", "`c` (column 3)"),
        // The name decides between two that hold numbers.
        ("fax,Handynummer\n+447911123450,+447911123451\n+447911123452,+447911123453\n", "`Handynummer` (column 2)"),
        // Named alike, but only one holds numbers.
        ("phone type,phone\nhome,+447911123450\nwork,+447911123451\n", "`phone` (column 2)"),
        // Nothing valid in it, but nothing else is called so.
        ("name,mobile\nAnn,n/a\nBob,07911\n", "`mobile` (column 2)"),
        // Without a header.
        ("Ann,+447911123450\nBob,+447911123451\n", "`column_2` (column 2)"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let list = open(&[&write(&folder, "list", text)], &ReadOptions::default()).unwrap();
        assert_eq!(said(&list, "phone column"), [column], "{text}");
    }
}

#[test]
fn several_good_phone_columns_are_an_error_that_lists_them() {
    let text = "name,phone,mobile\nAnn,+447911123450,+447911123451\nBob,+447911123452,\n";
    let folder = tempfile::tempdir().unwrap();
    let path = write(&folder, "list", text);
    let error = open(&[&path], &ReadOptions::default()).err().unwrap();
    assert_eq!(error.class(), ErrorClass::Nowhere);
    assert!(error.to_string().contains("`phone` (column 2, 100 % valid), `mobile` (column 3, 50 % valid)"), "{error}");
    assert!(error.hint().unwrap().contains("--phone-column"));
    let mut list = open(
        &[&path],
        &ReadOptions { phone_columns: vec!["phone".parse().unwrap(), "3".parse().unwrap()], ..ReadOptions::default() },
    )
    .unwrap();
    assert_eq!(rows(&mut list)[1].phones, [b"+447911123452".to_vec(), b"".to_vec()]);
    let nothing = write(&folder, "none", "name,city\nAnn,Ulm\nBob,Bonn\n");
    assert!(matches!(open(&[&nothing], &ReadOptions::default()), Err(ContactsError::NoPhoneColumn { .. })));
}

#[test]
fn the_region_column_is_found_when_it_helps() {
    let british = |cell: &[u8], region: &[u8]| judge(cell, region) || (region == b"GB" && cell.starts_with(b"07911"));
    let folder = tempfile::tempdir().unwrap();
    for (text, expected) in [
        ("phone,where\n07911123450,GB\n07911123451,GB\n", vec!["`where` (column 2)"]),
        ("phone,country\n+447911123450,GB\n+447911123451,DE\n", vec!["`country` (column 2)"]),
        ("phone,region\n+447911123450,North\n+447911123451,South\n", vec![]),
        ("phone,title\n+447911123450,Mr\n+447911123451,Dr\n", vec![]),
    ] {
        let inputs = expand([write(&folder, "list", text)]).unwrap();
        let list = List::open(&inputs, &ReadOptions::default(), &british).unwrap();
        assert_eq!(said(&list, "region column"), expected, "{text}");
    }
}

#[test]
fn lists_without_rows_are_no_error_and_say_so() {
    let folder = tempfile::tempdir().unwrap();
    for (text, evidence) in [("", "empty"), ("\n\n", "empty"), ("name,phone\n", "a header and nothing else")] {
        let mut list = open(&[&write(&folder, "list", text)], &ReadOptions::default()).unwrap();
        let said = list.detections().iter().find(|said| said.what == "rows").unwrap();
        assert!(said.evidence.contains(evidence), "{said:?}");
        assert!(rows(&mut list).is_empty());
    }
}

#[test]
fn names_that_lead_nowhere_and_files_that_cannot_be_read_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("none.csv");
    let error = open(&[&missing], &ReadOptions::default()).err().unwrap();
    assert_eq!((error.class(), error.hint().is_some()), (ErrorClass::Nowhere, true));
    let error = open(&[folder.path()], &ReadOptions::default()).err().unwrap();
    assert!(matches!(error, ContactsError::NoLists { .. }) && error.class() == ErrorClass::Nowhere);
    let path = write(&folder, "list.csv", LIST);
    let error = open(&[&path], &pinned("moble")).err().unwrap();
    assert_eq!(error.class(), ErrorClass::Nowhere);
    assert!(error.to_string().contains("`name`, `mobile`, `note`"), "{error}");
    assert_eq!(error.hint().unwrap(), "did you mean `mobile`?");
}

#[test]
fn records_that_may_be_copied_read_back_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let text = "name,phone,note\n\"Doe, A\",+447911123450,\"a\nb\"\nBob,+447911123451\nCyd,+447911123452,\"x\"\"y\"\n";
    let mut list = open(&[&write(&folder, "list", text)], &ReadOptions::default()).unwrap();
    let (mut block, mut scratch) = Default::default();
    let mut writer = RecordWriter::new(Vec::new(), b',');
    writer.write_record(list.header()).unwrap();
    let mut copied = 0;
    let mut cells = Vec::new();
    while list.next_block(&mut block).unwrap() {
        let mut rows = block.rows(&mut scratch);
        while let Some(row) = rows.next_row() {
            cells.push(row.union_cells().map(<[u8]>::to_vec).collect::<Vec<_>>());
            if let Some(whole) = row.verbatim(b',') {
                writer.push_verbatim(whole);
                writer.end_record().unwrap();
                copied += 1;
            } else {
                writer.write_record(row.union_cells()).unwrap();
            }
        }
    }
    assert_eq!(copied, 2);
    let seen = read(&writer.into_inner(), &ReadOptions::default());
    assert_eq!(seen.into_iter().map(|row| row.cells).collect::<Vec<_>>(), cells);
}

#[test]
fn stdin_is_read_like_a_file_of_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let wide: Vec<u8> = LIST.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let sheet = workbook(&[("people", SHEET)]);
    let long = format!("name,phone\n{}", "Ann,+447911123456\n".repeat(20_000));
    for bytes in [LIST.as_bytes().to_vec(), wide.clone(), gzip(&wide), sheet, long.into_bytes()] {
        let check = |input: &Path, stdin: fs::File| {
            let output = std::process::Command::new(env!("CARGO_BIN_EXE_rollcall"))
                .args(["check", "--region", "GB", "--verdicts", "-", "-q"])
                .arg(input)
                .stdin(stdin)
                .output()
                .unwrap();
            // All but the last column, which is the file's name.
            let text = String::from_utf8(output.stdout).unwrap();
            text.lines().filter_map(|line| Some(line.rsplit_once(',')?.0.to_owned())).collect::<Vec<_>>()
        };
        let path = write(&folder, "list", bytes);
        let from_file = check(&path, fs::File::open(&path).unwrap());
        assert!(from_file.len() > 3, "{from_file:?}");
        assert_eq!(check(Path::new("-"), fs::File::open(&path).unwrap()), from_file);
    }
}
