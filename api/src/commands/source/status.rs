//! `source status`: how sources fare, in a table of all of them or one by one, with the alarms that
//! stand. What health is, `crate::health` decides.

use crate::commands::output;
use crate::commands::progress::duration;
use crate::failure::{Exit, Failure};
use crate::health::{self, Health, HeldHost, LastCrawl};
use crate::pipeline::Pipeline;
use crate::settings::Settings;
use crate::sources;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Columns of the text: the narrowest terminal that is still common.
const COLUMNS: usize = 80;
/// Hosts shown of one source; the others are counted.
const HOSTS: usize = 5;

/// Flags of `source status`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  touchstone source status\n  touchstone source status example-market --json\n\nAlarms: a wall; nothing fetched; many errors; layout drift (far fewer offers per\npage than in the crawls before, beyond chance); overdue. Daily budgets are read\nfrom the source files in --files.\nExit code 6 when an alarm stands."
)]
pub struct Args {
    /// Sources, by id (default: all, as a table)
    #[arg(value_name = "SOURCE-ID")]
    sources: Vec<String>,
    /// Folder of the source files, for their daily budgets
    #[arg(long, value_name = "DIR", default_value = "config/sources")]
    files: PathBuf,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(settings: Settings, args: Args) -> Result<Exit, Failure> {
    let pipeline = Pipeline::existing(settings).await?;
    let now = pipeline.clock.now();
    let per_day = daily_budgets(&args.files);
    let all = health::read(pipeline.store.as_ref(), &args.sources, &per_day, now).await?;
    if let Some(missing) = args.sources.iter().find(|id| !all.iter().any(|h| h.source == **id)) {
        return Err(Failure::input(format!("no source '{missing}' in the database"))
            .hint("touchstone source status lists them; a first crawl of its file makes one known"));
    }
    if args.json {
        output::json(&all)?;
    } else if args.sources.is_empty() {
        output::text(&overview(&all, now))?;
    } else {
        let each: Vec<String> = all.iter().map(|health| in_full(health, now)).collect();
        output::text(&each.join("\n"))?;
    }
    Ok(if all.iter().all(|h| h.alarms.is_empty()) { Exit::Done } else { Exit::Partly })
}

/// Requests a day by source, from the files at hand. A file that cannot be read is `doctor`'s to tell.
pub fn daily_budgets(folder: &Path) -> BTreeMap<String, u64> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .filter_map(|path| sources::load(&path).ok())
        .filter_map(|(source, _)| Some((source.id, source.budget.requests_per_day?.into())))
        .collect()
}

/// All sources: one line each, alarms below.
fn overview(all: &[Health], now: DateTime<Utc>) -> String {
    if all.is_empty() {
        return "No source was crawled yet: touchstone crawl SOURCE.toml\n".to_owned();
    }
    let width = all.iter().map(|h| h.source.chars().count()).max().unwrap_or(0).clamp(6, 18);
    let mut text = format!(
        "  {:<width$} {:>9} {:<12} {:>7} {:>6} {:>12} {:>7}\n",
        "source", "last page", "last crawl", "pages", "errors", "offers/page", "waiting"
    );
    for h in all {
        let crawl = h.last_crawl.as_ref();
        let pages = crawl.map_or("-".into(), |c| output::count(c.counts.fetched + c.counts.unchanged));
        let errors = crawl.and_then(|c| c.error_share).map_or("-".into(), percent);
        let _ = writeln!(
            text,
            "{} {:<width$} {:>9} {:<12} {:>7} {:>6} {:>12} {:>7}",
            if h.alarms.is_empty() { " " } else { "!" },
            cut(&h.source, width),
            h.last_success.map_or("never".into(), |at| ago(at, now)),
            crawl.map_or("never", |c| c.ended.words()),
            pages,
            errors,
            offers(h),
            output::count(h.waiting),
        );
    }
    let mut alarms = 0;
    for h in all {
        for alarm in &h.alarms {
            text.push_str(&hanging(&format!("\n! {}: ", h.source), "  ", &alarm.sentence));
            alarms += 1;
        }
    }
    text.push_str(&match alarms {
        0 => "\nNo alarm.".to_owned(),
        1 => "\n1 alarm.".to_owned(),
        n => format!("\n{n} alarms."),
    });
    text.push_str(" One source in full: touchstone source status SOURCE-ID\n");
    text
}

/// One source in full.
fn in_full(h: &Health, now: DateTime<Utc>) -> String {
    let name = h.name.as_deref().map(|name| format!("  {name}")).unwrap_or_default();
    let mut text = format!("{}{name}\n", h.source);
    let mut row = |label: &str, value: String| {
        text.push_str(&hanging(&format!("  {label:<12} "), &" ".repeat(15), &value));
    };
    match &h.last_crawl {
        None => row("last crawl", "never".into()),
        Some(crawl) => last_crawl(&mut row, crawl, now),
    }
    let success = match h.last_success {
        None => "no page was ever fetched".to_owned(),
        Some(at) => format!("{}, {}", moment(at), ago_in_words(at, now)),
    };
    row("last success", success);
    row(
        "offers",
        match (h.offers_per_page, h.usual_offers_per_page) {
            (None, _) => "too few pages read to tell".to_owned(),
            (Some(rate), None) => {
                format!("{} a page read; what is usual is not known yet", health::figure(rate))
            }
            (Some(rate), Some(usual)) => {
                format!("{} a page read, usually {}", health::figure(rate), health::figure(usual))
            }
        },
    );
    let kept = format!("{} offers from {} pages", output::count(h.observations), output::count(h.pages));
    row("kept", kept);
    row("waiting", format!("{} addresses", output::count(h.waiting)));
    let today = output::count(h.requests_today);
    row(
        "today",
        match h.requests_per_day {
            Some(budget) => format!("{today} of {} requests (UTC day)", output::count(budget)),
            None => format!("{today} requests (UTC day), no daily budget known"),
        },
    );
    for host in h.held.iter().take(HOSTS) {
        row("host", held(host, now));
    }
    if h.held.len() > HOSTS {
        row("", format!("and {} hosts more, held or at rest", h.held.len() - HOSTS));
    }
    if h.alarms.is_empty() {
        row("alarms", "none".into());
    }
    for alarm in &h.alarms {
        row("ALARM", alarm.sentence.clone());
    }
    text
}

fn last_crawl(row: &mut impl FnMut(&str, String), crawl: &LastCrawl, now: DateTime<Utc>) {
    let took = (crawl.until - crawl.started_at).to_std().unwrap_or_default();
    let how = match &crawl.detail {
        Some(detail) => format!("{} ({detail})", crawl.ended.words()),
        None => crawl.ended.words().to_owned(),
    };
    row(
        "last crawl",
        format!(
            "{}, {}, took {}: {how}",
            moment(crawl.started_at),
            ago_in_words(crawl.started_at, now),
            duration(took)
        ),
    );
    let c = &crawl.counts;
    let counts = [
        (c.fetched, "fetched"),
        (c.unchanged, "unchanged"),
        (c.gone, "gone"),
        (c.failed, "failed"),
        (c.disallowed, "disallowed"),
        (c.refused, "refused"),
        (c.redirected, "redirected"),
    ];
    let told: Vec<String> = counts
        .iter()
        .enumerate()
        // The first four are always told: that they are zero is worth knowing.
        .filter(|(at, (n, _))| *at < 4 || *n > 0)
        .map(|(_, (n, what))| format!("{} {what}", output::count(*n)))
        .collect();
    let errors = crawl.error_share.map_or(String::new(), |share| format!("; errors {}", percent(share)));
    row("pages", format!("{}{errors}", told.join(", ")));
    row(
        "brought",
        format!(
            "{} new offers, {} known, {} rejected; {:.1} MB",
            output::count(c.observations_new),
            output::count(c.observations_known),
            output::count(c.rejections_new),
            crawl.bytes as f64 / 1e6
        ),
    );
}

fn held(host: &HeldHost, now: DateTime<Utc>) -> String {
    let left = (host.until - now).to_std().unwrap_or_default();
    let until = format!("until {} (in {})", moment(host.until), duration(left));
    match (&host.leased_by, host.failures) {
        (Some(worker), _) => format!("{} is leased to {worker} {until}", host.host),
        (None, 0) => format!("{} rests for its pace {until}", host.host),
        (None, 1) => format!("{} rests after a failure {until}", host.host),
        (None, n) => format!("{} rests after {n} failures in a row {until}", host.host),
    }
}

fn offers(h: &Health) -> String {
    match (h.offers_per_page, h.usual_offers_per_page) {
        (None, _) => "-".to_owned(),
        (Some(rate), None) => health::figure(rate),
        (Some(rate), Some(usual)) => format!("{} ({})", health::figure(rate), health::figure(usual)),
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// Time since, in one unit: it stands in a narrow column.
fn ago(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let minutes = (now - at).num_minutes().max(0);
    match minutes {
        0 => "now".to_owned(),
        1..60 => format!("{minutes} min"),
        60..2_880 => format!("{} h", minutes / 60),
        _ => format!("{} days", minutes / 1_440),
    }
}

fn ago_in_words(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    match (now - at).to_std() {
        Ok(since) if since >= Duration::from_secs(60) => format!("{} ago", ago(at, now)),
        _ => "just now".to_owned(),
    }
}

fn cut(text: &str, width: usize) -> String {
    match text.chars().count() > width {
        true => text.chars().take(width - 1).chain(['…']).collect(),
        false => text.to_owned(),
    }
}

/// A text broken between words at [`COLUMNS`], its further lines indented.
fn hanging(first: &str, indent: &str, text: &str) -> String {
    let mut lines = vec![first.to_owned()];
    let mut empty = true;
    for word in text.split_whitespace() {
        let last = lines.len() - 1;
        let used = lines[last].trim_start_matches('\n').chars().count();
        if !empty && used + 1 + word.chars().count() > COLUMNS {
            lines.push(format!("{indent}{word}"));
            continue;
        }
        if !empty {
            lines[last].push(' ');
        }
        lines[last].push_str(word);
        empty = false;
    }
    lines.iter().map(|line| format!("{}\n", line.trim_end_matches(' '))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::{Alarm, AlarmCode, Ended};
    use chrono::TimeDelta;
    use store::CrawlCounts;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000, 0).unwrap()
    }

    fn shop(id: &str) -> Health {
        Health {
            source: id.into(),
            name: Some("Example Market".into()),
            last_crawl: Some(LastCrawl {
                started_at: now() - TimeDelta::hours(3),
                until: now() - TimeDelta::minutes(110),
                ended: Ended::Finished,
                detail: None,
                counts: CrawlCounts {
                    fetched: 1_204,
                    unchanged: 3_310,
                    gone: 12,
                    failed: 31,
                    disallowed: 4,
                    observations_new: 1_310,
                    observations_known: 3_200,
                    rejections_new: 17,
                    ..CrawlCounts::default()
                },
                error_share: Some(0.0068),
                bytes: 36_120_000,
            }),
            last_success: Some(now() - TimeDelta::minutes(111)),
            days_since_success: Some(0.077),
            offers_per_page: Some(1.02),
            usual_offers_per_page: Some(1.03),
            waiting: 218,
            held: Vec::new(),
            requests_today: 4_561,
            requests_per_day: Some(8_000),
            observations: 91_220,
            pages: 5_120,
            alarms: Vec::new(),
        }
    }

    fn troubled() -> Health {
        let crawl = shop("").last_crawl.unwrap();
        Health {
            source: "a-shop-with-a-very-long-name-example".into(),
            last_crawl: Some(LastCrawl {
                ended: Ended::Wall,
                detail: Some("captcha page at https://www.shop.example/item/17".into()),
                ..crawl
            }),
            offers_per_page: Some(0.21),
            requests_per_day: None,
            held: vec![
                HeldHost {
                    host: "www.shop.example".into(),
                    leased_by: None,
                    until: now() + TimeDelta::minutes(9),
                    failures: 3,
                    waiting: 200,
                },
                HeldHost {
                    host: "img.shop.example".into(),
                    leased_by: Some("host-a/4711".into()),
                    until: now() + TimeDelta::minutes(5),
                    failures: 0,
                    waiting: 18,
                },
            ],
            alarms: vec![Alarm {
                code: AlarmCode::LayoutDrift,
                sentence: "0.21 offers a page, usually 1.03 (412 pages read, held to 7 crawls; by chance less than 1 in 10,000): the site's pages have changed; touchstone source check FILE --online shows what is read of them now".into(),
            }],
            ..shop("x")
        }
    }

    fn never() -> Health {
        Health {
            last_crawl: None,
            last_success: None,
            days_since_success: None,
            offers_per_page: None,
            usual_offers_per_page: None,
            waiting: 0,
            ..shop("new-shop")
        }
    }

    #[test]
    fn all_sources_at_a_glance() {
        let text = overview(&[shop("example-market"), troubled(), never()], now());
        insta::assert_snapshot!(text);
        assert!(text.lines().all(|line| line.chars().count() <= COLUMNS), "{text}");
        assert!(overview(&[], now()).starts_with("No source was crawled yet"));
    }

    #[test]
    fn one_source_in_full() {
        let text = [shop("example-market"), troubled(), never()].map(|h| in_full(&h, now())).join("\n");
        insta::assert_snapshot!(text);
        assert!(text.lines().all(|line| line.chars().count() <= COLUMNS), "{text}");
    }

    #[test]
    fn budgets_come_from_the_files_at_hand() {
        let folder = tempfile::tempdir().unwrap();
        let file = "id = \"shop\"\nname = \"Shop\"\nmarket = \"DE\"\nstart = [\"https://shop.example/\"]\n\
            [permission]\nbasis = \"a letter\"\ncontact = \"a@customs.example\"\n[budget]\nrequests_per_day = 70\n";
        std::fs::write(folder.path().join("shop.toml"), file).unwrap();
        std::fs::write(folder.path().join("broken.toml"), "id =").unwrap();
        assert_eq!(daily_budgets(folder.path()), BTreeMap::from([("shop".to_owned(), 70)]));
        assert!(daily_budgets(Path::new("nowhere")).is_empty());
    }
}
