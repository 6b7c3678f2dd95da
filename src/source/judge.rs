//! Whose is the content of a file: the original, ours, or the user's?

use super::journal::{Entry, StampRecord};
use crate::domain::digest::ContentDigest;
use crate::domain::edit::{STAMP_DIGITS, Stamp};

/// A write of more than one sector or page may stop between two of them.
const SECTOR: usize = 512;

/// What a file holds, compared with its entry in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judgement {
    /// Byte for byte what it was.
    Original,
    /// The original with digits of ours: a whole stamp, or a torn write of one.
    Ours,
    /// Something else: it is the user's, with one of our stamps in it or not.
    Changed(Option<Stamp>),
}

/// Judges the content of a file.
pub(super) fn judge(entry: &Entry, bytes: &[u8]) -> Judgement {
    let same_length = u64::try_from(bytes.len()).is_ok_and(|length| length == entry.length);
    if same_length && ContentDigest::of(bytes) == entry.digest {
        return Judgement::Original;
    }
    let Some(stamp) = &entry.stamp else {
        return Judgement::Changed(None);
    };
    if same_length && is_ours(entry, stamp, bytes) {
        return Judgement::Ours;
    }
    let holds = |written: &&Stamp| {
        let text = written.to_string();
        bytes
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    Judgement::Changed(stamp.written.iter().rev().find(holds).copied())
}

fn is_ours(entry: &Entry, stamp: &StampRecord, bytes: &[u8]) -> bool {
    let slot = stamp.offset..stamp.offset + STAMP_DIGITS;
    let Some(digits) = bytes.get(slot.clone()) else {
        return false;
    };
    if stamp.original.len() != STAMP_DIGITS || !is_known(stamp, digits) {
        return false;
    }
    let mut put_back = bytes.to_vec();
    put_back[slot].copy_from_slice(stamp.original.as_bytes());
    ContentDigest::of(&put_back) == entry.digest
}

/// Whole digits of ours; or, where they cross the end of a sector, the first part of some and
/// the rest of others.
fn is_known(stamp: &StampRecord, digits: &[u8]) -> bool {
    let written = stamp
        .written
        .iter()
        .map(|stamp| format!("{:016x}", stamp.0));
    let known: Vec<String> = written.chain([stamp.original.clone()]).collect();
    let to_sector_end = SECTOR - stamp.offset % SECTOR;
    let (head, tail) = digits.split_at(to_sector_end.min(STAMP_DIGITS));
    let has = |part: fn(&[u8], &[u8]) -> bool, piece: &[u8]| {
        known.iter().any(|whole| part(whole.as_bytes(), piece))
    };
    let starts: fn(&[u8], &[u8]) -> bool = |whole, piece| whole.starts_with(piece);
    let ends: fn(&[u8], &[u8]) -> bool = |whole, piece| whole.ends_with(piece);
    has(starts, head) && has(ends, tail)
}

#[cfg(test)]
mod tests {
    use super::super::disk::{Access, SourceFile};
    use super::*;

    const OURS: u64 = 0xaaaa_bbbb_cccc_dddd;

    /// A source whose digits start at `offset`, and its entry after one edit.
    fn edited(offset: usize) -> (Vec<u8>, Entry) {
        let mut source = vec![b'/'; offset - 7];
        source.extend(b"imgtui:00000000000000FF\n");
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &source).unwrap();
        let mut entry = Entry::of(&SourceFile::open(file.path(), Access::Times).unwrap());
        let mut record = StampRecord::of(&source, offset);
        record.written.push(Stamp(OURS));
        entry.stamp = Some(record);
        (source, entry)
    }

    fn with_digits(source: &[u8], offset: usize, digits: &[u8]) -> Vec<u8> {
        let mut bytes = source.to_vec();
        bytes[offset..offset + digits.len()].copy_from_slice(digits);
        bytes
    }

    #[test]
    fn a_torn_write_is_ours_only_where_a_sector_ends() {
        for offset in [500, 4096 - 5] {
            let (source, entry) = edited(offset);
            let cut = SECTOR - offset % SECTOR;
            let torn = with_digits(&source, offset, &b"aaaabbbbccccdddd"[..cut]);
            assert_eq!(judge(&entry, &torn), Judgement::Ours);
            let other = with_digits(&source, offset, &b"aaaabbbbccccdddd"[..cut - 1]);
            assert_eq!(judge(&entry, &other), Judgement::Changed(None));
        }
        let (source, entry) = edited(100);
        let mixed = with_digits(&source, 100, b"aaaa");
        assert_eq!(judge(&entry, &mixed), Judgement::Changed(None));
    }

    #[test]
    fn digits_of_ours_are_ours_and_other_changes_are_the_users() {
        let (source, entry) = edited(7);
        assert_eq!(judge(&entry, &source), Judgement::Original);
        let ours = with_digits(&source, 7, b"aaaabbbbccccdddd");
        assert_eq!(judge(&entry, &ours), Judgement::Ours);

        let own_digits = with_digits(&source, 7, b"1234");
        assert_eq!(judge(&entry, &own_digits), Judgement::Changed(None));
        let mut around = ours.clone();
        around.extend(b"// mine\n");
        let judged = judge(&entry, &around);
        assert_eq!(judged, Judgement::Changed(Some(Stamp(OURS))));
        assert_eq!(judge(&entry, b""), Judgement::Changed(None));
    }
}
