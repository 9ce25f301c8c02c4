//! A walk through anybody's WARC file, record by record, in memory that does not grow with it:
//! WARC/1.0 and 1.1, plain or gzip, a gzip member for each record or one for them all. A damaged
//! record is named with its place, and the walk goes on at the next record that can be found.
//!
//! What is found behind damage is what looks like a record there. Somebody who can damage a file
//! can also have put a page into it that looks like one; the digests of records tell no more than
//! that the file agrees with itself.
//!
//! Not here: what the records are used for, and files of other forms (ARC, WACZ).

use super::record::{MAX_HEAD, read_head};
use super::{Digest, Head};
use flate2::bufread::GzDecoder;
use std::io::{self, BufRead, Read, Seek, SeekFrom};

/// Bytes of the file held at once.
const RAW_WINDOW: usize = 1 << 16;
/// Bytes of an unpacked member held at once.
const MEMBER_WINDOW: usize = 1 << 15;
/// How much of what might be a gzip member is unpacked to see whether a record begins in it.
const TRIAL: usize = 4096;
/// After so many damaged places a file is given up.
const MAX_DAMAGE: u32 = 10_000;

/// A record, up to its block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Where in the file it begins, or where the gzip member begins that it lies in.
    pub offset: u64,
    /// Bytes of the unpacked member before it; 0 where it has a member, or a plain file, of its own.
    pub inside: u64,
    /// Its head.
    pub head: Head,
}

/// A damaged place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("byte {offset}: {reason}")]
pub struct Damage {
    /// Where in the file the damaged record or member begins.
    pub offset: u64,
    /// What is wrong, in a sentence.
    pub reason: String,
}

/// Reads the records of one WARC file.
pub struct Reader<R: Read + Seek> {
    state: State<R>,
    length: u64,
    /// Whether the file is made of gzip members; known from the first one found.
    packed: Option<bool>,
    /// The record whose block has not been read yet.
    pending: Option<Pending>,
    damaged: u32,
    given_up: bool,
}

enum State<R> {
    /// In the file itself: between members, or in a plain file.
    Raw(Window<R>),
    /// In a gzip member that began at this offset.
    Member(Box<Window<GzDecoder<Window<R>>>>, u64),
    Gone,
}

struct Pending {
    offset: u64,
    length: u64,
    digest: Option<Digest>,
}

impl<R: Read + Seek> Reader<R> {
    /// A walk from the beginning.
    ///
    /// # Errors
    /// Those of the input: it has to have a length and a place.
    pub fn new(mut input: R) -> io::Result<Reader<R>> {
        let length = input.seek(SeekFrom::End(0))?;
        input.seek(SeekFrom::Start(0))?;
        Ok(Reader {
            state: State::Raw(Window::new(input, RAW_WINDOW)),
            length,
            packed: None,
            pending: None,
            damaged: 0,
            given_up: false,
        })
    }

    /// Bytes of the file.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// How far into the file the walk is, in bytes.
    pub fn position(&self) -> u64 {
        match &self.state {
            State::Raw(raw) => raw.at,
            State::Member(member, _) => member.inner.get_ref().at,
            State::Gone => self.length,
        }
    }

    /// The next record or damaged place; `None` at the end. The block of the record before it is
    /// passed over where it was not read.
    #[allow(clippy::should_implement_trait, reason = "the block is read between two calls")]
    pub fn next(&mut self) -> Option<Result<Record, Damage>> {
        if self.given_up {
            return None;
        }
        let found = match self.pass_over() {
            Ok(()) => self.advance(),
            Err(damage) => Some(Err(damage)),
        };
        if let Some(Err(damage)) = &found {
            self.damaged += 1;
            if self.damaged > MAX_DAMAGE {
                self.given_up = true;
                let reason =
                    format!("more than {MAX_DAMAGE} damaged places: the rest of the file is given up");
                return Some(Err(Damage { offset: damage.offset, reason }));
            }
        }
        found
    }

    /// The block of the record that was given last.
    ///
    /// # Errors
    /// It is cut off, longer than `limit` bytes or than its head says, or not what its digest was
    /// computed of. The walk goes on at the next record.
    pub fn block(&mut self, limit: u64) -> Result<Vec<u8>, Damage> {
        let Some(Pending { offset, length, digest }) = self.pending.take() else { return Ok(Vec::new()) };
        if length > limit {
            self.pending = Some(Pending { offset, length, digest: None });
            self.pass_over()?;
            return Err(Damage { offset, reason: format!("the record is longer than {limit} bytes") });
        }
        let mut block = Vec::with_capacity(length.min(1 << 20) as usize);
        let read = match &mut self.state {
            State::Raw(raw) => raw.take(length).read_to_end(&mut block),
            State::Member(member, _) => member.take(length).read_to_end(&mut block),
            State::Gone => Ok(0),
        };
        self.finish(offset, length - block.len() as u64, read.map(drop))?;
        match digest.and_then(|digest| digest.holds(&block)) {
            Some(false) => {
                Err(Damage { offset, reason: "the record is not what its block digest says".to_owned() })
            }
            _ => Ok(block),
        }
    }

    /// Passes over the block that was not asked for.
    fn pass_over(&mut self) -> Result<(), Damage> {
        let Some(Pending { offset, length, .. }) = self.pending.take() else { return Ok(()) };
        let mut passed = 0;
        let read = match &mut self.state {
            State::Raw(raw) => raw.seek_to(raw.at.saturating_add(length)).map(|()| passed = length),
            State::Member(member, _) => {
                io::copy(&mut member.take(length), &mut io::sink()).map(|n| passed = n)
            }
            State::Gone => Ok(()),
        };
        self.finish(offset, length - passed, read)
    }

    /// Sees that a record ends where its head says: line ends, then the next record or the end.
    fn finish(&mut self, offset: u64, missing: u64, read: io::Result<()>) -> Result<(), Damage> {
        if let Err(error) = read {
            return Err(self.broken(offset, &error));
        }
        if missing > 0 {
            let reason = format!("the record ends {missing} bytes before its Content-Length says");
            return Err(self.lost(offset, reason));
        }
        match &mut self.state {
            State::Member(member, _) => match member.record_ends() {
                Ok(true) => Ok(()),
                Ok(false) => {
                    let reason = "the record is longer than its Content-Length says".to_owned();
                    Err(self.lost(offset, reason))
                }
                Err(error) => Err(self.broken(offset, &error)),
            },
            // Of a plain file this was seen to before the block was read.
            State::Raw(_) | State::Gone => Ok(()),
        }
    }

    /// Goes to the head of the next record.
    fn advance(&mut self) -> Option<Result<Record, Damage>> {
        loop {
            match &mut self.state {
                State::Gone => return None,
                State::Member(member, start) => {
                    let offset = *start;
                    match member.skip_line_ends().and_then(|()| member.peek(1).map(<[u8]>::is_empty)) {
                        Err(error) => return Some(Err(self.broken(offset, &error))),
                        Ok(true) => self.leave_member(),
                        Ok(false) => return Some(self.head()),
                    }
                }
                State::Raw(raw) => {
                    if let Err(error) = raw.skip_line_ends() {
                        return Some(Err(self.unreadable(&error)));
                    }
                    let begins = match raw.peek(5) {
                        Ok([]) => return None,
                        Ok(next) => begins(next),
                        Err(error) => return Some(Err(self.unreadable(&error))),
                    };
                    match begins {
                        Some(true) => {
                            self.packed.get_or_insert(true);
                            self.enter_member();
                        }
                        Some(false) => {
                            self.packed.get_or_insert(false);
                            return Some(self.head());
                        }
                        None => {
                            let offset = self.position();
                            // Tapes and some disks fill up with zeros.
                            if self.only_zeros_left() {
                                return None;
                            }
                            return Some(Err(self.lost(offset, "no WARC record begins there".to_owned())));
                        }
                    }
                }
            }
        }
    }

    /// Reads the head at hand.
    fn head(&mut self) -> Result<Record, Damage> {
        if let State::Member(member, start) = &mut self.state {
            let offset = *start;
            match member.peek(5).map(|next| next == b"WARC/") {
                Ok(true) => {}
                Ok(false) => return Err(self.lost(offset, "no WARC record begins there".to_owned())),
                Err(error) => return Err(self.broken(offset, &error)),
            }
        }
        let (offset, inside, read) = match &mut self.state {
            State::Raw(raw) => (raw.at, 0, read_head(raw)),
            State::Member(member, start) => (*start, member.at, read_head(member)),
            State::Gone => {
                return Err(Damage { offset: self.length, reason: "the file has ended".to_owned() });
            }
        };
        let (version, fields) = match read {
            Ok(read) => read,
            Err(error) => {
                // Too long, or the member ends in good order before the head does.
                let endless = match &mut self.state {
                    State::Member(member, _) => {
                        member.at - inside >= MAX_HEAD || member.peek(1).is_ok_and(<[u8]>::is_empty)
                    }
                    _ => self.position() - offset >= MAX_HEAD,
                };
                if error.kind() == io::ErrorKind::UnexpectedEof && endless {
                    return Err(self.lost(offset, "the head of the record does not end".to_owned()));
                }
                return Err(self.broken(offset, &error));
            }
        };
        let head = Head { version, fields };
        if !head.version.starts_with("WARC/") {
            return Err(self.lost(offset, "no WARC record begins there".to_owned()));
        }
        let Some(length) = head.length() else {
            return Err(self.lost(offset, "the record does not say how long it is".to_owned()));
        };
        if let State::Raw(raw) = &mut self.state {
            // A plain file has nothing else to go by: see that a record ends there.
            let (body, end) = (raw.at, raw.at.saturating_add(length));
            if end > self.length {
                let reason = format!("the file ends {} bytes before the record does", end - self.length);
                return Err(self.lost(offset, reason));
            }
            let ends = raw.seek_to(end).and_then(|()| raw.record_ends());
            let back = raw.seek_to(body);
            match (ends, back) {
                (Ok(true), Ok(())) => {}
                (Ok(false), Ok(())) => {
                    let reason = "no record ends where its Content-Length says".to_owned();
                    return Err(self.lost(offset, reason));
                }
                (Err(error), _) | (_, Err(error)) => return Err(self.unreadable(&error)),
            }
        }
        let digest = head.field("WARC-Block-Digest").map(Digest::parse);
        self.pending = Some(Pending { offset, length, digest });
        Ok(Record { offset, inside, head })
    }

    /// A damaged record in a stream that can still be read: the walk goes on at the next line that
    /// begins a record, or behind the member.
    fn lost(&mut self, offset: u64, reason: String) -> Damage {
        let found = match &mut self.state {
            State::Member(member, _) => member.go_to_line(|line| line == b"WARC/"),
            State::Raw(raw) => {
                let packed = self.packed;
                raw.go_to_candidate(packed)
            }
            State::Gone => Ok(()),
        };
        match found {
            Ok(()) => Damage { offset, reason },
            Err(error) => {
                let _ = self.broken(offset, &error);
                Damage { offset, reason }
            }
        }
    }

    /// A damaged gzip member (or a file cut off): the walk goes on at the next one.
    fn broken(&mut self, offset: u64, error: &io::Error) -> Damage {
        let reason = match error.kind() {
            io::ErrorKind::UnexpectedEof => "the file ends within the record".to_owned(),
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
                format!("the file is damaged there: {error}")
            }
            _ => return self.unreadable(error),
        };
        if let State::Member(..) = self.state {
            self.leave_member();
        }
        if let State::Raw(raw) = &mut self.state {
            let found = raw.seek_to(offset.saturating_add(1)).and_then(|()| raw.go_to_candidate(self.packed));
            if let Err(error) = found {
                return self.unreadable(&error);
            }
        }
        Damage { offset, reason }
    }

    /// The input itself cannot be read any further.
    fn unreadable(&mut self, error: &io::Error) -> Damage {
        let offset = self.position();
        self.state = State::Gone;
        Damage { offset, reason: format!("the file cannot be read: {error}") }
    }

    fn enter_member(&mut self) {
        if let State::Raw(raw) = std::mem::replace(&mut self.state, State::Gone) {
            let start = raw.at;
            self.state = State::Member(Box::new(Window::new(GzDecoder::new(raw), MEMBER_WINDOW)), start);
        }
    }

    fn leave_member(&mut self) {
        if let State::Member(member, _) = std::mem::replace(&mut self.state, State::Gone) {
            self.state = State::Raw(member.inner.into_inner());
        }
    }

    fn only_zeros_left(&mut self) -> bool {
        let State::Raw(raw) = &mut self.state else { return false };
        let here = raw.at;
        loop {
            match raw.fill_buf() {
                Ok([]) => return true,
                Ok(bytes) if bytes.iter().all(|b| *b == 0) => {
                    let length = bytes.len();
                    raw.consume(length);
                }
                _ => {
                    let _ = raw.seek_to(here);
                    return false;
                }
            }
        }
    }
}

/// What begins with these bytes: a gzip member (`true`), a plain record (`false`), neither.
fn begins(bytes: &[u8]) -> Option<bool> {
    match bytes {
        [0x1f, 0x8b, ..] => Some(true),
        [b'W', b'A', b'R', b'C', b'/', ..] => Some(false),
        _ => None,
    }
}

/// A buffered input that knows where it is and can look ahead.
struct Window<R> {
    inner: R,
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    /// Offset of the next byte.
    at: u64,
}

impl<R: Read> Window<R> {
    fn new(inner: R, size: usize) -> Self {
        Window { inner, bytes: vec![0; size], start: 0, end: 0, at: 0 }
    }

    /// The next bytes, up to `count` (far less than the window); fewer only at the end.
    fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        while self.end - self.start < count {
            if self.start > 0 {
                self.bytes.copy_within(self.start..self.end, 0);
                self.end -= self.start;
                self.start = 0;
            }
            match self.inner.read(&mut self.bytes[self.end..]) {
                Ok(0) => break,
                Ok(read) => self.end += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(&self.bytes[self.start..self.end.min(self.start + count)])
    }

    fn skip_line_ends(&mut self) -> io::Result<()> {
        while let [b'\r' | b'\n'] = self.peek(1)? {
            self.consume(1);
        }
        Ok(())
    }

    /// Whether a record may end here: an empty line, the next record, or the end.
    fn record_ends(&mut self) -> io::Result<bool> {
        let next = self.peek(4)?;
        let empty_line = next == b"\r\n\r\n" || next.starts_with(b"\n\n");
        self.skip_line_ends()?;
        let next = self.peek(5)?;
        Ok(empty_line || next.is_empty() || begins(next).is_some())
    }

    /// Goes to the next line whose first five bytes are as wanted, or to the end.
    fn go_to_line(&mut self, wanted: impl Fn(&[u8]) -> bool) -> io::Result<()> {
        loop {
            let bytes = self.fill_buf()?;
            if bytes.is_empty() {
                return Ok(());
            }
            match memchr::memchr(b'\n', bytes) {
                None => {
                    let length = bytes.len();
                    self.consume(length);
                }
                Some(end) => {
                    self.consume(end + 1);
                    if wanted(self.peek(5)?) {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Goes to the next place where a record or a member with one in it begins, or to the end.
    /// A file of members is searched for members alone, a plain one for records.
    fn go_to_candidate(&mut self, packed: Option<bool>) -> io::Result<()> {
        if packed == Some(false) {
            return self.go_to_line(|line| line == b"WARC/");
        }
        loop {
            let bytes = self.fill_buf()?;
            if bytes.is_empty() {
                return Ok(());
            }
            let magic = memchr::memchr(0x1f, bytes);
            let line = memchr::memchr(b'W', bytes).filter(|_| packed.is_none());
            let Some(next) = magic.into_iter().chain(line).min() else {
                let length = bytes.len();
                self.consume(length);
                continue;
            };
            self.consume(next);
            let ahead = self.peek(TRIAL)?;
            let good = match begins(ahead) {
                Some(true) => holds_record(ahead),
                Some(false) => packed.is_none(),
                None => false,
            };
            if good {
                return Ok(());
            }
            self.consume(1);
        }
    }
}

/// Whether these bytes begin a gzip member that begins with a record.
fn holds_record(bytes: &[u8]) -> bool {
    let mut first = [0; 5];
    bytes.get(2) == Some(&8) && GzDecoder::new(bytes).read_exact(&mut first).is_ok() && &first == b"WARC/"
}

impl<R: Read + Seek> Window<R> {
    fn seek_to(&mut self, at: u64) -> io::Result<()> {
        let held = (self.end - self.start) as u64;
        if at >= self.at && at - self.at <= held {
            self.consume((at - self.at) as usize);
            return Ok(());
        }
        self.inner.seek(SeekFrom::Start(at))?;
        (self.start, self.end, self.at) = (0, 0, at);
        Ok(())
    }
}

impl<R: Read> Read for Window<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let held = self.fill_buf()?;
        let count = held.len().min(out.len());
        out[..count].copy_from_slice(&held[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl<R: Read> BufRead for Window<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end {
            self.peek(1)?;
        }
        Ok(&self.bytes[self.start..self.end])
    }
    fn consume(&mut self, count: usize) {
        self.start += count;
        self.at += count as u64;
    }
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
