//! Parquet's hybrid of repeated and bit-packed integers (the encoding `RLE`), which holds dictionary
//! indices and definition levels, unpacked straight into what the indices stand for. Only bytes and
//! figures are known here; every length is checked, so that a broken page is an error and no panic.
//! The layout is that of the format's `Encodings.md`, "Run Length Encoding / Bit-Packing Hybrid".

use bytes::Bytes;

/// Values that one call of the unrolled kernel unpacks.
const BLOCK: usize = 32;

/// A stretch of a hybrid: one value many times, or values packed without gaps, the lowest bits first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Run<'a> {
    /// `count` times `value`.
    Repeated { value: u32, count: usize },
    /// `count` values (a multiple of eight, the last of which may be padding).
    Packed { bytes: &'a [u8], count: usize },
}

/// The runs of a hybrid, one after the other.
#[derive(Debug, Clone)]
pub(super) struct Runs<'a> {
    bytes: &'a [u8],
    width: u32,
}

impl<'a> Runs<'a> {
    /// Runs of values of `width` bits; a width above 32 is refused.
    pub fn new(bytes: &'a [u8], width: u32) -> Result<Self, &'static str> {
        if width > 32 {
            return Err("indices of more than 32 bits");
        }
        Ok(Runs { bytes, width })
    }

    /// The next run; an error where the bytes end too early or the run has no values.
    pub fn next(&mut self) -> Result<Run<'a>, &'static str> {
        let mut header = 0u64;
        let mut shift = 0;
        loop {
            let (&byte, rest) = self.bytes.split_first().ok_or("fewer values than the page states")?;
            self.bytes = rest;
            header |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 {
                break;
            }
            if shift > 35 {
                return Err("the length of a run is too large");
            }
        }
        let count = usize::try_from(header >> 1).map_err(|_| "the length of a run is too large")?;
        if count == 0 {
            return Err("a run without values");
        }
        if header & 1 == 0 {
            let size = self.width.div_ceil(8) as usize;
            let (value, rest) = self.bytes.split_at_checked(size).ok_or("a run is cut short")?;
            self.bytes = rest;
            let mut four = [0; 4];
            four[..size].copy_from_slice(value);
            return Ok(Run::Repeated { value: u32::from_le_bytes(four), count });
        }
        let size = count.checked_mul(self.width as usize).ok_or("the length of a run is too large")?;
        // Some writers leave out the padding behind the last values: what is there is handed out, and
        // whoever needs more finds too few bytes.
        let (bytes, rest) = self.bytes.split_at(size.min(self.bytes.len()));
        self.bytes = rest;
        Ok(Run::Packed { bytes, count: count.saturating_mul(8) })
    }
}

/// 32 values of `W` bits from `4 * W` bytes. All shifts are constants once it is unrolled.
#[inline(always)]
fn kernel<const W: usize>(bytes: &[u8], out: &mut [u32; BLOCK]) {
    let mut words = [0u32; W];
    for (word, four) in words.iter_mut().zip(bytes.chunks_exact(4)) {
        *word = u32::from_le_bytes([four[0], four[1], four[2], four[3]]);
    }
    let mask = u32::MAX >> (32 - W as u32);
    macro_rules! values {
        ($($i:literal)*) => { $({
            let (word, shift) = ($i * W / 32, $i * W % 32);
            let mut value = words[word] >> shift;
            if shift + W > 32 {
                value |= words[word + 1] << (32 - shift);
            }
            out[$i] = value & mask;
        })* };
    }
    values!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31);
}

/// Hands 32 values at a time to `each`, of which the first `.1` count.
#[inline(always)]
fn blocks<const W: usize>(bytes: &[u8], count: usize, mut each: impl FnMut(&[u32])) {
    let mut out = [0u32; BLOCK];
    let full = count / BLOCK;
    let size = 4 * W;
    for block in bytes.chunks_exact(size).take(full) {
        kernel::<W>(block, &mut out);
        each(&out);
    }
    let rest = count % BLOCK;
    if rest > 0 {
        let mut padded = [0u8; 128];
        let left = bytes.get(full * size..).unwrap_or_default();
        let have = left.len().min(size);
        padded[..have].copy_from_slice(&left[..have]);
        kernel::<W>(&padded[..size], &mut out);
        each(&out[..rest]);
    }
}

/// Unpacks `count` values of `width` bits (0 to 32) and hands them to `each` in order, up to 32 at a
/// time. The bytes must hold them all.
#[inline(always)]
pub(super) fn unpack(
    bytes: &[u8],
    width: u32,
    count: usize,
    mut each: impl FnMut(&[u32]),
) -> Result<(), &'static str> {
    let needed = count.checked_mul(width as usize).ok_or("a packed run is too long")?.div_ceil(8);
    if bytes.len() < needed {
        return Err("a packed run is cut short");
    }
    macro_rules! widths {
        ($($w:literal)*) => {
            match width {
                0 => {
                    let zeros = [0u32; BLOCK];
                    for at in (0..count).step_by(BLOCK) {
                        each(&zeros[..BLOCK.min(count - at)]);
                    }
                }
                $($w => blocks::<$w>(bytes, count, each),)*
                _ => return Err("indices of more than 32 bits"),
            }
        };
    }
    widths!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32);
    Ok(())
}

/// What is left of a run.
#[derive(Debug, Clone, Copy)]
enum Rest {
    Repeated {
        value: u32,
        count: usize,
    },
    /// Of packed values from a place among the bytes to another; so many are done, and so many left.
    Packed {
        start: usize,
        end: usize,
        done: usize,
        count: usize,
    },
}

/// The indices of a data page, looked up some at a time.
#[derive(Debug)]
pub(super) struct Indices {
    bytes: Bytes,
    width: u32,
    at: usize,
    rest: Rest,
}

impl Indices {
    /// Indices of `width` bits.
    pub fn new(bytes: Bytes, width: u32) -> Self {
        Indices { bytes, width, at: 0, rest: Rest::Repeated { value: 0, count: 0 } }
    }

    /// Decodes the next indices into what a dictionary holds under them, until `out` is full.
    pub fn look_up<T: Copy>(&mut self, dictionary: &[T], out: &mut [T]) -> Result<(), &'static str> {
        const BEYOND: &str = "an index beyond the dictionary";
        let mut left = out;
        while !left.is_empty() {
            match &mut self.rest {
                Rest::Repeated { count: 0, .. } | Rest::Packed { count: 0, .. } => self.rest = self.next()?,
                Rest::Repeated { value, count } => {
                    let entry = *dictionary.get(*value as usize).ok_or(BEYOND)?;
                    let (now, after) = left.split_at_mut((*count).min(left.len()));
                    *count -= now.len();
                    now.fill(entry);
                    left = after;
                }
                Rest::Packed { start, end, done, count } => {
                    let (now, after) = left.split_at_mut((*count).min(left.len()));
                    left = after;
                    let (wanted, mut skip) = (now.len(), *done % 8);
                    // Eight values are a whole number of bytes.
                    let from = (*done / 8).saturating_mul(self.width as usize).saturating_add(*start);
                    let bytes = self.bytes.get(from.min(*end)..*end).unwrap_or_default();
                    // What stands in for an entry that is not there, so that none is waited for.
                    let first = dictionary.first().ok_or(BEYOND)?;
                    let mut beyond = false;
                    let mut to = now;
                    unpack(bytes, self.width, wanted + skip, |indices| {
                        let indices = indices.get(std::mem::take(&mut skip)..).unwrap_or_default();
                        let (these, after) = std::mem::take(&mut to).split_at_mut(indices.len());
                        for (slot, &index) in these.iter_mut().zip(indices) {
                            let entry = dictionary.get(index as usize);
                            *slot = *entry.unwrap_or(first);
                            beyond |= entry.is_none();
                        }
                        to = after;
                    })?;
                    if beyond {
                        return Err(BEYOND);
                    }
                    *done += wanted;
                    *count -= wanted;
                }
            }
        }
        Ok(())
    }

    fn next(&mut self) -> Result<Rest, &'static str> {
        let mut runs = Runs::new(self.bytes.get(self.at..).unwrap_or_default(), self.width)?;
        let run = runs.next()?;
        self.at = self.bytes.len() - runs.bytes.len();
        Ok(match run {
            Run::Repeated { value, count } => Rest::Repeated { value, count },
            Run::Packed { bytes, count } => {
                Rest::Packed { start: self.at - bytes.len(), end: self.at, done: 0, count }
            }
        })
    }
}

/// Which of `count` values are there, from definition levels of a column that is optional at most:
/// `None` where all of them are.
pub(super) fn presence(bytes: &[u8], count: usize) -> Result<Option<Vec<bool>>, &'static str> {
    let mut runs = Runs::new(bytes, 1)?;
    let mut present = Vec::new();
    while present.len() < count {
        let left = count - present.len();
        match runs.next()? {
            Run::Repeated { value: 1, count: length } if left == count && length >= count => return Ok(None),
            Run::Repeated { value, count: length } => {
                if value > 1 {
                    return Err("a definition level above one");
                }
                present.resize(present.len() + length.min(left), value == 1);
            }
            Run::Packed { bytes, count: length } => {
                unpack(bytes, 1, length.min(left), |levels| {
                    present.extend(levels.iter().map(|&level| level == 1));
                })?;
            }
        }
    }
    Ok((!present.iter().all(|&there| there)).then_some(present))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn look_up<T: Copy>(
        bytes: &[u8],
        width: u32,
        dictionary: &[T],
        out: &mut [T],
    ) -> Result<(), &'static str> {
        Indices::new(Bytes::copy_from_slice(bytes), width).look_up(dictionary, out)
    }

    /// The definition, bit by bit.
    fn naive(bytes: &[u8], width: u32, count: usize) -> Vec<u32> {
        (0..count)
            .map(|i| {
                (0..width).fold(0, |value, bit| {
                    let at = i * width as usize + bit as usize;
                    value | (u32::from(bytes[at / 8] >> (at % 8) & 1) << bit)
                })
            })
            .collect()
    }

    fn unpacked(bytes: &[u8], width: u32, count: usize) -> Result<Vec<u32>, &'static str> {
        let mut out = Vec::new();
        unpack(bytes, width, count, |values| out.extend_from_slice(values))?;
        Ok(out)
    }

    #[test]
    fn every_width_is_unpacked_as_defined() {
        let bytes: Vec<u8> = (0..600u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        for width in 0..=32 {
            for count in [0, 1, 7, 8, 31, 32, 33, 63, 64, 65, 100, 149] {
                assert_eq!(unpacked(&bytes, width, count).unwrap(), naive(&bytes, width, count), "{width}");
            }
        }
        assert!(unpacked(&bytes, 33, 1).is_err());
    }

    #[test]
    fn too_few_bytes_are_an_error() {
        assert!(unpacked(&[0; 3], 5, 5).is_err());
        assert!(unpacked(&[0; 4], 5, 5).is_ok());
        let mut out = [0u8; 9];
        // Eight packed values of two bits, then nothing.
        assert!(look_up(&[3, 0b11_10_01_00, 0, 9], 2, b"abcd", &mut out).is_err());
        assert!(look_up(&[3, 0b11_10_01_00, 0], 2, b"abcd", &mut out[..8]).is_ok());
        assert_eq!(&out[..8], b"abcdaaaa");
        assert_eq!(look_up(&[8, 4], 3, b"abcd", &mut out[..1]), Err("an index beyond the dictionary"));
        assert_eq!(
            look_up(&[3, 255, 255, 255], 3, b"abcd", &mut out[..8]),
            Err("an index beyond the dictionary")
        );
        for width in [0, 1] {
            let none: [u8; 0] = [];
            assert_eq!(
                look_up(&[11, 0, 0, 0, 0, 0], width, &none, &mut [0; 40]),
                Err("an index beyond the dictionary")
            );
        }
        assert!(look_up(&[0xff; 12], 3, b"abcd", &mut out).is_err());
        assert!(look_up(&[0, 1], 3, b"abcd", &mut out).is_err(), "a run without values");
    }

    #[test]
    fn presence_is_none_where_nothing_is_missing() {
        assert_eq!(presence(&[20, 1], 10), Ok(None));
        assert_eq!(presence(&[3, 255], 8), Ok(None));
        assert_eq!(presence(&[3, 0b0000_0101], 3), Ok(Some(vec![true, false, true])));
        assert_eq!(presence(&[4, 1, 2, 0], 3), Ok(Some(vec![true, true, false])));
        assert_eq!(presence(&[], 0), Ok(None));
        assert!(presence(&[4, 1], 3).is_err());
        assert!(presence(&[4, 2], 2).is_err());
    }

    proptest! {
        #[test]
        fn unpacking_equals_the_definition(bytes in proptest::collection::vec(any::<u8>(), 0..700), width in 0u32..=32, part in 0.0f64..=1.0) {
            let most = if width == 0 { 300 } else { bytes.len() * 8 / width as usize };
            let count = (most as f64 * part) as usize;
            prop_assert_eq!(unpacked(&bytes, width, count).unwrap(), naive(&bytes, width, count));
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), width in 0u32..=40, entries in 0u16..300, count in 0usize..2000, step in 1usize..300) {
            let dictionary: Vec<u16> = (0..entries).collect();
            let mut out = vec![0; count];
            let at_once = look_up(&bytes, width, &dictionary, &mut out);
            let _ = presence(&bytes, count);
            // Some at a time they are the same.
            let mut indices = Indices::new(Bytes::from(bytes), width);
            let mut parts = vec![0; count];
            let mut outcome = Ok(());
            for part in parts.chunks_mut(step) {
                outcome = outcome.and_then(|()| indices.look_up(&dictionary, part));
            }
            prop_assert_eq!(at_once.is_ok(), outcome.is_ok());
            prop_assert!(at_once.is_err() || out == parts);
        }
    }
}
