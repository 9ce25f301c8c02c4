//! A file of lines in blocks of whole lines, behind its header. Not what stands in them.

use crate::failure::Failure;
use memchr::{memchr, memchr_iter, memrchr};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

/// Bytes of lines a thread takes at a time.
const BLOCK: usize = 256 << 10;

/// What comes next of a file.
pub(super) enum Next<'t> {
    /// Whole lines, and the number of the first.
    Lines(u64, &'t [u8]),
    End,
    /// A line longer than the ordinary reader takes: it says so of that line.
    NotPlain,
}

/// The file in blocks of whole lines, behind its header.
pub(super) struct Blocks {
    file: File,
    name: String,
    /// The begun line behind the last block.
    rest: Vec<u8>,
    number: u64,
    ended: bool,
}

impl Blocks {
    pub fn open(path: &Path) -> Result<Blocks, Failure> {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|e| Failure::from_io(&name, &e))?;
        let mut blocks = Blocks { file, name, rest: Vec::new(), number: 1, ended: false };
        // The header is a line of the first block that is taken off.
        let mut room = Vec::new();
        if let Next::Lines(_, text) = blocks.next(&mut room)? {
            let end = memchr(b'\n', text).map_or(text.len(), |at| at + 1);
            let mut rest = text[end..].to_vec();
            rest.append(&mut blocks.rest);
            (blocks.rest, blocks.number) = (rest, 2);
            blocks.ended = false;
        }
        Ok(blocks)
    }

    /// The next block, with the number of its first line. The room it is put into is lent: what it held
    /// is written over, and so often lent it is as long as the longest block.
    pub fn next<'r>(&mut self, room: &'r mut Vec<u8>) -> Result<Next<'r>, Failure> {
        if self.ended {
            return Ok(Next::End);
        }
        let mut used = self.rest.len();
        if room.len() < used {
            room.resize(used, 0);
        }
        room[..used].copy_from_slice(&self.rest);
        self.rest.clear();
        loop {
            let wanted = used + BLOCK.saturating_sub(used).max(1 << 16);
            if room.len() < wanted {
                room.resize(wanted, 0);
            }
            let had = used;
            while used < wanted {
                match self.file.read(&mut room[used..wanted]) {
                    Ok(0) => break,
                    Ok(n) => used += n,
                    Err(e) if e.kind() == ErrorKind::Interrupted => {}
                    Err(e) => return Err(Failure::from_io(&self.name, &e)),
                }
            }
            if used == had {
                self.ended = true;
                break;
            }
            if let Some(last) = memrchr(b'\n', &room[had..used]) {
                let end = had + last + 1;
                self.rest.extend_from_slice(&room[end..used]);
                used = end;
                break;
            }
            if used > crate::import::MAX_LINE {
                return Ok(Next::NotPlain);
            }
        }
        if used == 0 {
            return Ok(Next::End);
        }
        let text = &room[..used];
        let first = self.number;
        self.number += memchr_iter(b'\n', text).count() as u64;
        Ok(Next::Lines(first, text))
    }
}
