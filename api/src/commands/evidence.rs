//! `evidence`: what stands behind an observation, and the proof that it still comes out of its page.

use super::output;
use crate::failure::{Exit, Failure};
use crate::pipeline::{EvidencePage, Finding, Pipeline, Proof, Shown, VerifyReport, Wanted};
use crate::settings::Settings;
use crate::sources;
use std::io::{self, Write};
use std::path::PathBuf;

const SHOW: &str = "Examples:
  touchstone evidence show 3fb2a1c09d44
  touchstone evidence show 3fb2a1c09d44 --payload > page.html

HASH is that of an observation or of a page, or its first 8 or more digits, as
verdicts, workbooks and API answers quote them. Shown are the observations,
where the page lies (file, byte offset, record), what the server said, and where
on the page each field stood. The calculations from there to the unit price that
is compared: touchstone inspect observation HASH.";
const VERIFY: &str = "Examples:
  touchstone evidence verify --all
  touchstone evidence verify --source example-market
  touchstone evidence verify 3fb2a1c09d44 --json

Takes each page out of the archive, checks its digests, reads it with what its
archive file says it was read with, and compares field by field. A page seen
again unchanged is proved through its first reading. With --json one object a
line for each observation that is not proved, and a last one with the counts.
Exit code 6 when anything is not proved: something else comes out, or a record
is missing or damaged.";

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Show what is stored behind the hash of an observation or a page
    #[command(after_help = SHOW)]
    Show {
        /// Hash of an observation or a page, or its first digits
        hash: String,
        /// Write the page itself to standard output
        #[arg(long, conflicts_with = "json")]
        payload: bool,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Prove that observations still come out of their archived pages
    #[command(after_help = VERIFY)]
    Verify {
        /// Hashes of observations or pages, or their first digits
        #[arg(value_name = "HASH", required_unless_present_any = ["all", "source"])]
        hashes: Vec<String>,
        /// Every observation that has an archived page
        #[arg(long, conflicts_with = "hashes")]
        all: bool,
        /// Only those of this source
        #[arg(long, value_name = "ID", conflicts_with = "hashes")]
        source: Option<String>,
        /// Source file that prevails over what archive files say of its source
        #[arg(long, value_name = "SOURCE.toml")]
        source_file: Vec<PathBuf>,
        /// Print as JSON lines
        #[arg(long)]
        json: bool,
    },
}

pub async fn run(settings: Settings, command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Show { hash, payload, json } => {
            let pipeline = Pipeline::existing_to_read(settings).await?;
            if payload {
                return bytes(&pipeline.evidence_payload(&hash).await?);
            }
            let shown = pipeline.evidence(&hash).await?;
            if json {
                output::json(&shown)?
            } else {
                output::text(&shown_text(&shown))?
            };
            let unread = |page: &EvidencePage| page.record.as_ref().is_some_and(|r| r.error.is_some());
            Ok(if shown.pages.iter().any(unread) { Exit::Partly } else { Exit::Done })
        }
        Command::Verify { hashes, source, source_file, json, .. } => {
            let given = source_file.iter().map(|p| sources::load(p)).collect::<Result<Vec<_>, _>>()?;
            sources::distinct(given.iter().map(|(source, _)| source))?;
            let pipeline = Pipeline::existing_to_read(settings).await?;
            let wanted = if hashes.is_empty() { Wanted::All(source) } else { Wanted::Hashes(hashes) };
            verify(&pipeline, &wanted, &given, json).await
        }
    }
}

async fn verify(
    pipeline: &Pipeline,
    wanted: &Wanted,
    given: &[(model::Source, String)],
    json: bool,
) -> Result<Exit, Failure> {
    let total = match wanted {
        Wanted::All(None) => pipeline.store.counts().await?.observations,
        _ => 0,
    };
    let bar = output::progress(total, "observations");
    // What cannot be written is told when all is done; a reader that has seen enough ends nothing.
    let mut unwritten = None;
    let mut tell = |proof: &Proof| {
        bar.inc(1);
        if proof.finding == Finding::Ok || unwritten.is_some() {
            return;
        }
        let written = bar.suspend(|| match json {
            true => serde_json::to_string(proof)
                .map_err(|e| Failure::bug(format!("a proof could not be written as JSON: {e}")))
                .and_then(|line| output::text(&line)),
            false => output::text(&proof_text(proof)),
        });
        unwritten = written.err();
    };
    let report = pipeline.verify(wanted, given, &mut tell).await?;
    bar.finish_and_clear();
    if let Some(failure) = unwritten {
        return Err(failure);
    }
    // Asked for by its hash, an observation without a page is one that is not proved.
    let all = matches!(wanted, Wanted::All(_));
    let proved = report.holds() && (all || report.unarchived == 0);
    if json {
        let line = serde_json::to_string(&report)
            .map_err(|e| Failure::bug(format!("a report could not be written as JSON: {e}")))?;
        output::text(&line)?;
    } else {
        output::text(&report_text(&report))?;
    }
    Ok(if proved { Exit::Done } else { Exit::Partly })
}

fn bytes(payload: &[u8]) -> Result<Exit, Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(payload).and_then(|()| out.flush()) {
        // A reader that has seen enough (`| head`) is no failure.
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Done),
        Err(e) => Err(Failure::from_io("standard output", &e)),
        Ok(()) => Ok(Exit::Done),
    }
}

fn finding_text(finding: Finding) -> &'static str {
    match finding {
        Finding::Ok => "proved",
        Finding::Differs => "differs",
        Finding::Missing => "missing",
        Finding::Damaged => "damaged",
        Finding::Unarchived => "no page",
    }
}

fn proof_text(proof: &Proof) -> String {
    let mut text =
        format!("{:<8} {} {}\n", finding_text(proof.finding), proof.observation.short(), proof.name);
    if let Some(place) = &proof.place {
        text.push_str(&format!("         at byte {} of {}\n", place.offset, place.file));
    }
    if let Some(detail) = &proof.detail {
        text.push_str(&format!("         {detail}\n"));
    }
    for field in &proof.fields {
        text.push_str(&format!("         {}: stored '{}', now '{}'\n", field.field, field.stored, field.now));
    }
    text
}

fn report_text(report: &VerifyReport) -> String {
    let mut text = format!(
        "{} observations, {} records read\n{:>9}  proved\n",
        output::count(report.checked),
        output::count(report.records),
        output::count(report.ok)
    );
    for (n, what) in [
        (report.ok_seen_again, "of these by the first reading of a page that was seen again unchanged"),
        (report.differs, "differ: something else comes out of the page"),
        (report.missing, "missing: no archive file or no page there"),
        (report.damaged, "damaged: the record has changed or cannot be read"),
        (report.unarchived, "of price lists: no page to prove them by"),
        (report.by_stored_facts, "held to stored facts: their archive says nothing of rules and facts"),
    ] {
        if n > 0 {
            text.push_str(&format!("{:>9}  {what}\n", output::count(n)));
        }
    }
    text
}

fn shown_text(shown: &Shown) -> String {
    let mut text = format!("{} {}\n", shown.what, shown.hash);
    for page in &shown.pages {
        text.push('\n');
        match &page.record {
            None => text.push_str("no archived page: of a price list\n"),
            Some(record) => {
                let place = &record.place;
                text.push_str(&format!("record    byte {} of {}\n", place.offset, record.path.display()));
                if let Some(error) = &record.error {
                    text.push_str(&format!("          {error}\n"));
                } else {
                    text.push_str(&format!("          {} {}\n", record.kind, record.record_id));
                    text.push_str(&format!("address   {}\n", record.target));
                    if let Some(date) = record.date {
                        text.push_str(&format!("captured  {}\n", date.format("%Y-%m-%d %H:%M:%S%.f UTC")));
                    }
                    if let Some(hash) = record.payload_hash {
                        let bytes = output::count(record.payload_bytes);
                        text.push_str(&format!("page      sha256 {hash}, {bytes} bytes\n"));
                    }
                    if let Some(status) = record.status {
                        text.push_str(&format!("server    HTTP {status}\n"));
                    }
                    for (name, value) in &record.headers {
                        text.push_str(&format!("          {name}: {value}\n"));
                    }
                }
            }
        }
        for shown in &page.observations {
            let o = &shown.observation;
            text.push_str(&format!("\nobservation {}\n", o.id));
            text.push_str(&format!("  {}\n", o.name));
            text.push_str(&format!(
                "  {} {}, {}, seller {}\n",
                o.price.amount, o.price.currency, o.level, o.seller
            ));
            text.push_str(&format!(
                "  source {}, captured {}\n",
                o.capture.source_id,
                o.capture.captured_at.format("%Y-%m-%d %H:%M:%S%.f UTC")
            ));
            if let Some(original) = &shown.original {
                text.push_str(&format!("  seen again unchanged; first reading {original}\n"));
            }
            for field in &shown.fields {
                text.push_str(&format!(
                    "  {:<14} {}\n  {:<14} {} {}\n",
                    field.field, field.text, "", field.syntax, field.place
                ));
            }
            text.push_str(&format!("  to the unit price: touchstone inspect observation {}\n", o.id.short()));
            for step in &o.explain {
                let arrow = if step.from.is_empty() { "" } else { " → " };
                text.push_str(&format!("  · {}: {}{arrow}{}\n", step.what, step.from, step.result));
            }
        }
    }
    text
}
