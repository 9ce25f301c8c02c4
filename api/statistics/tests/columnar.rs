//! The container of columns: what is written comes back, whatever is damaged is told, nothing panics.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use statistics::StatisticsError;
use statistics::columnar::{CONTAINER_VERSION, Container, PIECE, Writer, aligned, is_container};
use std::io::Write;

fn written(sections: &[(String, Vec<u8>)], threads: usize) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), threads).unwrap();
    for (name, bytes) in sections {
        writer.section(name, &[bytes]).unwrap();
    }
    writer.finish().unwrap().0
}

fn small() -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), 1).unwrap();
    writer.section("meta", &[b"{}"]).unwrap();
    writer.column("prices", &[1.5f64, 2.5]).unwrap();
    writer.section("none", &[]).unwrap();
    writer.column("sellers", &[7u32, 8, 9]).unwrap();
    writer.finish().unwrap().0
}

fn opened(bytes: &[u8]) -> Result<Container, StatisticsError> {
    let container = Container::open(aligned(bytes))?;
    container.verify(1)?;
    Ok(container)
}

#[test]
fn columns_come_back_as_they_were() {
    let bytes = small();
    assert!(is_container(&bytes));
    let container = opened(&bytes).unwrap();
    assert_eq!(container.section("meta"), Some(&b"{}"[..]));
    assert_eq!(container.section("none"), Some(&b""[..]));
    assert_eq!(container.section("other"), None);
    assert_eq!(container.column::<f64>("prices").unwrap(), [1.5, 2.5]);
    let sellers = container.find::<u32>("sellers").unwrap();
    assert_eq!((sellers.len(), container.get(&sellers)), (3, &[7u32, 8, 9][..]));
    let names: Vec<_> = container.sections().collect();
    assert_eq!(names, [("meta", 2), ("prices", 16), ("none", 0), ("sellers", 12)]);
    assert!(container.section("prices").unwrap().as_ptr().align_offset(16) == 0);
    let refused = |error: StatisticsError| error.to_string();
    insta::assert_snapshot!(refused(container.column::<f64>("sellers").unwrap_err()), @"the snapshot file is damaged: section 'sellers' does not hold whole numbers of 8 bytes; fetch or build it again");
    insta::assert_snapshot!(refused(container.find::<f64>("groups").unwrap_err()), @"the snapshot file has no section 'groups': it holds something else, or was written by another version");
}

#[test]
fn the_bytes_are_those_of_the_first_day() {
    // A change of the form needs a new version: old files stay readable.
    let container = opened(&small()).unwrap();
    assert_eq!(CONTAINER_VERSION, 3);
    insta::assert_snapshot!(container.id(), @"dc9f0ba23158bccffa2508bc0b7205bbae22aec3fbbc4c74c44e4829d46a7070");
    assert_eq!(container.size(), 64 + 3 * 64 + 4 * 80 + 64);
}

/// A file of version 2, whose hashes are SHA-256, is read and proved.
#[test]
fn files_of_version_2_stay_readable() {
    use sha2::{Digest, Sha256};
    let whole: Vec<u8> = (0..2 * PIECE + 77).map(|i| (i * 31 % 251) as u8).collect();
    let mut bytes = written(&[("long".to_owned(), whole.clone()), ("short".to_owned(), vec![7; 3])], 1);
    let foot = bytes.len() - 64;
    let at = foot - 2 * 80;
    for (row, section) in [(at, &whole[..]), (at + 80, &[7; 3])] {
        let pieces: Vec<u8> = section.chunks(PIECE).flat_map(Sha256::digest).collect();
        bytes[row + 48..row + 80].copy_from_slice(&Sha256::digest(&pieces));
    }
    let id: [u8; 32] = Sha256::digest(&bytes[at..foot]).into();
    bytes[foot + 16..foot + 48].copy_from_slice(&id);
    (bytes[8], bytes[foot + 48]) = (2, 2);
    assert_eq!(opened(&bytes).unwrap().section("long"), Some(&whole[..]));
    // Its hashes count.
    bytes[64] ^= 1;
    let error = opened(&bytes).unwrap_err().to_string();
    insta::assert_snapshot!(error, @"the snapshot file is damaged: section 'long' does not have the hash it was written with; fetch or build it again");
    // There was no container of version 1.
    bytes[64] ^= 1;
    (bytes[8], bytes[foot + 48]) = (1, 1);
    assert!(Container::open(aligned(&bytes)).is_err());
}

#[test]
fn wrong_names_are_refused_in_writing() {
    let mut writer = Writer::new(Vec::new(), 1).unwrap();
    writer.section("a", &[]).unwrap();
    for name in ["", "a", "with space", "grüße", "much-too-long-for-the-name-of-a-section"] {
        assert!(writer.section(name, &[]).is_err(), "{name}");
        assert!(writer.begin(name).is_err(), "{name}");
    }
}

#[test]
fn no_truncation_and_no_addition_passes() {
    let bytes = small();
    for length in 0..bytes.len() {
        assert!(Container::open(aligned(&bytes[..length])).is_err(), "{length} bytes pass");
    }
    for more in 1..200 {
        let longer: Vec<u8> = bytes.iter().copied().chain(std::iter::repeat_n(0, more)).collect();
        assert!(Container::open(aligned(&longer)).is_err());
    }
}

#[test]
fn no_changed_byte_passes() {
    let bytes = small();
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut other = bytes.clone();
            other[at] ^= 1 << bit;
            assert!(opened(&other).is_err(), "byte {at} bit {bit} passes");
        }
    }
}

#[test]
fn a_newer_version_asks_for_a_newer_program() {
    let mut bytes = small();
    bytes[8] = 4;
    let error = Container::open(aligned(&bytes)).unwrap_err().to_string();
    insta::assert_snapshot!(error, @"the snapshot has version 4, this program reads up to version 3: update the program");
}

/// Sizes around the pieces that are hashed by themselves.
#[test]
fn threads_and_parts_do_not_matter() {
    let mut all = Vec::new();
    let whole: Vec<u8> = (0..3 * PIECE + 77).map(|i| (i * 31 % 251) as u8).collect();
    for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, whole.len()] {
        all.push((format!("section-{length}"), whole[..length].to_vec()));
    }
    let one = written(&all, 1);
    for threads in [2, 3, 8, 100] {
        assert!(written(&all, threads) == one, "{threads}");
    }
    let mut streamed = Writer::new(Vec::new(), 4).unwrap();
    for (at, (name, bytes)) in all.iter().enumerate() {
        if at % 2 == 0 {
            let parts: Vec<&[u8]> = bytes.chunks(PIECE / 3 + at).collect();
            streamed.section(name, &parts).unwrap();
        } else {
            let mut section = streamed.begin(name).unwrap();
            bytes.chunks(70_001).for_each(|part| section.write_all(part).unwrap());
            assert_eq!(section.written(), bytes.len() as u64);
            section.end();
        }
    }
    assert!(streamed.finish().unwrap().0 == one);
    for threads in [1, 2, 5] {
        Container::open(aligned(&one)).unwrap().verify(threads).unwrap();
    }
}

proptest! {
    #[test]
    fn any_sections_come_back(contents in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..8), threads in 1usize..4) {
        let sections: Vec<_> = contents.into_iter().enumerate().map(|(i, b)| (format!("s{i}"), b)).collect();
        let bytes = written(&sections, threads);
        let container = opened(&bytes).unwrap();
        for (name, content) in &sections {
            prop_assert_eq!(container.section(name), Some(&content[..]));
            // Any type can be asked for; what does not fit is an error.
            let _ = (container.column::<u64>(name).is_ok(), container.column::<[u32; 5]>(name).is_ok());
        }
    }

    #[test]
    fn any_damage_is_an_error(at in any::<prop::sample::Index>(), put in prop::collection::vec(any::<u8>(), 1..40), cut in any::<prop::sample::Index>()) {
        let good = small();
        let mut bytes = good.clone();
        let at = at.index(bytes.len());
        let end = (at + put.len()).min(bytes.len());
        bytes[at..end].copy_from_slice(&put[..end - at]);
        prop_assert_eq!(opened(&bytes).is_ok(), bytes == good);
        bytes.truncate(cut.index(bytes.len()));
        prop_assert!(opened(&bytes).is_err());
    }

    #[test]
    fn any_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(Container::open(aligned(&bytes)).is_err());
        // With the right beginning and end, too.
        let mut dressed = small()[..64].to_vec();
        dressed.extend(&bytes);
        dressed.extend(&small()[small().len() - 64..]);
        prop_assert!(Container::open(aligned(&dressed)).is_err());
    }
}
