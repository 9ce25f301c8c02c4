//! The body of an answer as it arrives: decoded, counted, hashed, and given up as soon as it is too
//! large, too slow or a bomb. Memory grows with what arrived, never with what was announced.
//!
//! Not here: reading it from the network ([`crate::fetch`]).

use flate2::write::GzDecoder;
use model::ContentHash;
use sha2::{Digest, Sha256};
use std::io::Write;
use std::time::Duration;

/// Below so many decoded bytes the ratio says nothing: a short page of blanks is no bomb.
const RATIO_FLOOR: u64 = 1 << 20;
/// Decoded bytes a received byte may stand for, above the floor. Deflate cannot do more than 1,032;
/// pages do 3 to 10, the most repetitive tables and sitemaps 20 to 40, since each row has to say
/// something new. What is above 200 repeats itself in all but every fourth hundred of bytes.
const LARGEST_RATIO: u64 = 200;
/// Compressed bytes are decoded in steps of this size, so that a bomb is seen after one step.
const STEP: usize = 1024;
/// gzip members of one payload. One is usual; parallel compressors make one for every 64 to 128 KiB.
const MOST_MEMBERS: u32 = 4096;
/// What framing may add to a payload that does not compress.
const FRAMING: u64 = 64 * 1024;
/// Room made before anything arrived, at most.
const FIRST_ROOM: u64 = 64 * 1024;
/// How long a body may take before its rate counts.
const SLOW_START: Duration = Duration::from_secs(10);
/// Bytes a second, below which a body is given up after [`SLOW_START`]: at that rate the usual time
/// limit of 30 s would end before half an ordinary page is there.
const LOWEST_RATE: u64 = 256;

/// Why nothing more of a payload is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Above its limit; what fits is there.
    Full,
    /// Inflated above [`LARGEST_RATIO`].
    Bomb,
    /// The payload is complete, and what follows is not part of it.
    Complete,
    /// The encoding is broken.
    Broken(String),
}

/// A payload being received.
pub(crate) struct Payload {
    decoder: Decoder,
    /// Bytes received, before decoding.
    received: u64,
    limit: u64,
}

enum Decoder {
    Plain(Sink),
    Gzip {
        member: Box<GzDecoder<Sink>>,
        members: u32,
        at_start: bool,
    },
    /// Between two states; also after the last member.
    Done(Sink),
}

/// A payload received.
pub(crate) struct Received {
    pub(crate) bytes: Vec<u8>,
    pub(crate) hash: ContentHash,
    /// Whether a compressed payload ends before its end.
    pub(crate) cut_off: bool,
    /// Whether it is not what its checksum says.
    pub(crate) broken: Option<String>,
}

impl Payload {
    /// `announced`: what the header says of the length, which may be a lie.
    pub(crate) fn new(limit: u64, announced: Option<u64>, gzip: bool) -> Payload {
        let room = announced.unwrap_or(0).min(limit).min(FIRST_ROOM);
        let sink = Sink {
            bytes: Vec::with_capacity(usize::try_from(room).unwrap_or(0)),
            digest: Sha256::new(),
            limit,
            received: 0,
            stop: None,
        };
        let decoder = match gzip {
            true => Decoder::Gzip { member: Box::new(GzDecoder::new(sink)), members: 1, at_start: true },
            false => Decoder::Plain(sink),
        };
        Payload { decoder, received: 0, limit }
    }

    /// Takes what arrived.
    pub(crate) fn take(&mut self, chunk: &[u8]) -> Result<(), Stop> {
        if let Decoder::Plain(sink) = &mut self.decoder {
            self.received += chunk.len() as u64;
            return sink.write_all(chunk).map_err(|_| Stop::Full);
        }
        for step in chunk.chunks(STEP) {
            self.received += step.len() as u64;
            if self.received > self.limit.saturating_add(FRAMING) {
                return Err(Stop::Full);
            }
            self.inflate(step)?;
        }
        Ok(())
    }

    fn inflate(&mut self, step: &[u8]) -> Result<(), Stop> {
        let mut rest = step;
        while !rest.is_empty() {
            let Decoder::Gzip { member, members, at_start } = &mut self.decoder else {
                return Err(Stop::Complete);
            };
            member.get_mut().received = self.received;
            match member.write(rest) {
                Ok(0) => {
                    // The member is complete: its checksum is verified, and what follows is another
                    // one, or nothing that belongs here (as browsers have it).
                    member.try_finish().map_err(|error| member.get_mut().stop_or(&error))?;
                    let sink = member.get_mut().take();
                    if rest[0] != 0x1f {
                        self.decoder = Decoder::Done(sink);
                        return Err(Stop::Complete);
                    }
                    *members += 1;
                    if *members > MOST_MEMBERS {
                        self.decoder = Decoder::Done(sink);
                        return Err(Stop::Broken(format!("more than {MOST_MEMBERS} gzip members")));
                    }
                    **member = GzDecoder::new(sink);
                    *at_start = true;
                }
                Ok(taken) => {
                    *at_start = false;
                    rest = &rest[taken..];
                }
                // A later member that never was one: the same as any other bytes after the end.
                Err(_) if *at_start && *members > 1 && member.get_ref().stop.is_none() => {
                    let sink = member.get_mut().take();
                    self.decoder = Decoder::Done(sink);
                    return Err(Stop::Complete);
                }
                Err(error) => return Err(member.get_mut().stop_or(&error)),
            }
        }
        Ok(())
    }

    /// Whether so little arrived in this time that waiting for the rest is of no use.
    pub(crate) fn is_too_slow(&self, elapsed: Duration) -> bool {
        elapsed > SLOW_START && self.received < LOWEST_RATE.saturating_mul(elapsed.as_secs())
    }

    /// What arrived.
    pub(crate) fn finish(self) -> Received {
        let (mut cut_off, mut broken) = (false, None);
        let sink = match self.decoder {
            Decoder::Plain(sink) | Decoder::Done(sink) => sink,
            // An empty body is not broken gzip.
            Decoder::Gzip { mut member, at_start, .. } if at_start => member.get_mut().take(),
            Decoder::Gzip { mut member, .. } => {
                let error = member.try_finish().err();
                let sink = member.get_mut().take();
                if let Some(error) = error.filter(|_| sink.stop.is_none()) {
                    // A checksum that is not whole is no wrong one: a whole one takes no more.
                    cut_off = error.kind() == std::io::ErrorKind::UnexpectedEof
                        || matches!(member.write(&[0]), Ok(1));
                    broken = (!cut_off).then(|| error.to_string());
                }
                sink
            }
        };
        let hash = ContentHash::from_bytes(sink.digest.finalize().into());
        Received { bytes: sink.bytes, hash, cut_off, broken }
    }
}

/// Where the decoded payload ends up: counted, hashed and kept as it arrives.
struct Sink {
    bytes: Vec<u8>,
    digest: Sha256,
    limit: u64,
    /// Bytes received for what is here.
    received: u64,
    stop: Option<Stop>,
}

impl Sink {
    fn take(&mut self) -> Sink {
        let empty = Sink { bytes: Vec::new(), digest: Sha256::new(), limit: 0, received: 0, stop: None };
        std::mem::replace(self, empty)
    }

    fn stop_or(&self, error: &std::io::Error) -> Stop {
        self.stop.clone().unwrap_or_else(|| Stop::Broken(error.to_string()))
    }
}

impl Write for Sink {
    fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
        let room = self.limit.saturating_sub(self.bytes.len() as u64);
        let fits = usize::try_from(room).map_or(data.len(), |room| room.min(data.len()));
        self.digest.update(&data[..fits]);
        self.bytes.extend_from_slice(&data[..fits]);
        if fits < data.len() {
            self.stop = Some(Stop::Full);
            return Err(std::io::Error::other("the payload is above its limit"));
        }
        let decoded = self.bytes.len() as u64;
        if self.received > 0 && decoded > RATIO_FLOOR && decoded / LARGEST_RATIO > self.received {
            self.stop = Some(Stop::Bomb);
            return Err(std::io::Error::other("the payload inflates out of all proportion"));
        }
        Ok(fits)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Says a [`Stop::Bomb`] in a sentence.
pub(crate) fn bomb() -> String {
    format!(
        "the answer inflates to more than {LARGEST_RATIO} times what is sent, as no page does: it is not read on"
    )
}

/// Says [`Payload::is_too_slow`] in a sentence.
pub(crate) fn too_slow() -> String {
    format!("the answer comes in at less than {LOWEST_RATE} bytes a second")
}

#[cfg(test)]
#[path = "payload_tests.rs"]
mod tests;
