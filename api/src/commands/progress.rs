//! The live display of a crawl: pages done and waiting, rate, time left, new offers; a line a source
//! where several run. On a terminal only. It is told what happens and knows nothing of crawling.
//!
//! ```no_run
//! use api::commands::progress::CrawlDisplay;
//! let display = CrawlDisplay::on_terminal();
//! let source = display.source("example-market");
//! source.budget(5_000); // pages this crawl may still visit
//! source.waiting(120);
//! source.visited("fetched", 3); // 3 new offers
//! source.ended();
//! display.finish();
//! ```

use crate::pages::format::count;
use console::Term;
use indicatif::{MultiProgress, ProgressBar, ProgressState, ProgressStyle};
use std::collections::VecDeque;
use std::fmt::Write;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The rate is that of the last minute.
const WINDOW: Duration = Duration::from_secs(60);
/// A rate is told after this much of the crawl, and after this many pages: before, it is noise.
const FIRST_RATE: (Duration, u64) = (Duration::from_secs(3), 2);
/// How often the lines are drawn, so that a host that hangs shows in the rate.
const DRAW: Duration = Duration::from_millis(500);
/// Lines of sources at most; further ones count in the total.
const LINES: usize = 10;

/// The display of one crawl command.
#[derive(Clone)]
pub struct CrawlDisplay {
    shown: Option<Arc<Shown>>,
}

struct Shown {
    bars: MultiProgress,
    total: ProgressBar,
    sources: Sources,
}

/// The sources in the order they came.
type Sources = Arc<Mutex<Vec<Line>>>;

struct Line {
    id: String,
    figures: Arc<Mutex<Figures>>,
    /// Its line; a source that is alone has none, since the total says it all.
    bar: Option<ProgressBar>,
}

/// One source in the display. Cheap to clone.
#[derive(Clone)]
pub struct SourceDisplay {
    shown: Option<(Arc<Shown>, usize, Arc<Mutex<Figures>>)>,
}

impl CrawlDisplay {
    /// A display on stderr where that is a terminal; nothing elsewhere.
    pub fn on_terminal() -> Self {
        if !std::io::stderr().is_terminal() {
            return CrawlDisplay::hidden();
        }
        let bars = MultiProgress::new();
        let sources = Sources::default();
        let parts = Arc::clone(&sources);
        let total = bars.add(drawn(move |width| told_of_all(&parts, width)));
        CrawlDisplay { shown: Some(Arc::new(Shown { bars, total, sources })) }
    }

    /// A display that shows nothing.
    pub fn hidden() -> Self {
        CrawlDisplay { shown: None }
    }

    /// Adds a source.
    pub fn source(&self, id: &str) -> SourceDisplay {
        let Some(shown) = &self.shown else { return SourceDisplay { shown: None } };
        let figures = Arc::new(Mutex::new(Figures::new(Instant::now())));
        let mut sources = lock(&shown.sources);
        sources.push(Line { id: id.to_owned(), figures: Arc::clone(&figures), bar: None });
        let place = sources.len() - 1;
        // The first gets its line with the second.
        let mut added = Vec::new();
        if place > 0 {
            let drawn = sources.iter().filter(|line| line.bar.as_ref().is_some_and(|b| !b.is_finished()));
            let room = LINES.saturating_sub(drawn.count());
            let without = sources.iter_mut().filter(|line| line.bar.is_none() && !lock(&line.figures).over);
            for line in without.take(room) {
                added.push(line.bar.insert(line_of(&line.id, &line.figures)).clone());
            }
        }
        drop(sources);
        // Drawing takes the locks above, so it begins without them.
        for bar in added {
            shown.bars.insert_before(&shown.total, bar.clone());
            bar.enable_steady_tick(DRAW);
        }
        shown.total.enable_steady_tick(DRAW);
        SourceDisplay { shown: Some((Arc::clone(shown), place, figures)) }
    }

    /// Writes something else to the terminal while the lines are away.
    pub fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.shown {
            Some(shown) => shown.bars.suspend(write),
            None => write(),
        }
    }

    /// Takes the display away. What stands on the terminal after it is the caller's report.
    pub fn finish(&self) {
        if let Some(shown) = &self.shown {
            let bars: Vec<ProgressBar> = lock(&shown.sources).iter().filter_map(|l| l.bar.clone()).collect();
            bars.iter().for_each(ProgressBar::finish_and_clear);
            shown.total.finish_and_clear();
            // A terminal that is gone is no failure of a crawl.
            let _ = shown.bars.clear();
        }
    }
}

impl SourceDisplay {
    /// A visit ended, with this many observations not stored before. `outcome` is a code of visits.
    pub fn visited(&self, outcome: &str, offers_new: u64) {
        if let Some((_, _, figures)) = &self.shown {
            lock(figures).visited(Instant::now(), outcome, offers_new);
        }
    }

    /// Addresses that wait, as last counted.
    pub fn waiting(&self, addresses: u64) {
        if let Some((_, _, figures)) = &self.shown {
            lock(figures).waiting(Instant::now(), addresses);
        }
    }

    /// Pages the crawl may still visit: it ends there, whatever waits.
    pub fn budget(&self, pages: u64) {
        if let Some((_, _, figures)) = &self.shown {
            let mut figures = lock(figures);
            figures.budget = Some(figures.pages + pages);
        }
    }

    /// The source is done: its line goes, its pages stay in the total, and nothing of it waits.
    pub fn ended(&self) {
        if let Some((shown, place, figures)) = &self.shown {
            lock(figures).over = true;
            let bar = lock(&shown.sources).get(*place).and_then(|line| line.bar.clone());
            if let Some(bar) = bar {
                bar.finish_and_clear();
            }
        }
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn line_of(id: &str, figures: &Arc<Mutex<Figures>>) -> ProgressBar {
    let (id, figures) = (id.to_owned(), Arc::clone(figures));
    drawn(move |width| line(&id, &lock(&figures).now(Instant::now()), width))
}

fn told_of_all(sources: &Sources, width: usize) -> String {
    let parts: Vec<_> = lock(sources).iter().map(|line| Arc::clone(&line.figures)).collect();
    let now = Instant::now();
    let told = together(parts.iter().map(|part| lock(part).now(now)));
    line(if parts.len() > 1 { "all" } else { "" }, &told, width)
}

/// A line that is composed anew whenever it is drawn, for the width the terminal has then.
fn drawn(compose: impl Fn(usize) -> String + Clone + Send + Sync + 'static) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    let draw = move |_: &ProgressState, out: &mut dyn Write| {
        let width = Term::stderr().size_checked().map_or(80, |(_, columns)| usize::from(columns));
        // A line that cannot be composed is no line.
        let _ = out.write_str(&compose(width.saturating_sub(1)));
    };
    if let Ok(style) = ProgressStyle::with_template("{line}") {
        bar.set_style(style.with_key("line", draw));
    }
    bar
}

/// What is known of a source's progress.
struct Figures {
    began: Instant,
    pages: u64,
    failed: u64,
    offers_new: u64,
    waits: u64,
    budget: Option<u64>,
    over: bool,
    /// Pages by second, of the last minute.
    recent: VecDeque<(Instant, u64)>,
    /// Pages visited when `waits` was counted.
    pages_then: u64,
    /// When addresses were last found that nobody knew of.
    found_at: Option<Instant>,
}

/// What a line says.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Told {
    pages: u64,
    waits: u64,
    failed: u64,
    offers_new: u64,
    /// Pages a second.
    rate: Option<f64>,
    /// Time left, and whether it is only the least.
    left: Option<(Duration, bool)>,
}

impl Figures {
    fn new(now: Instant) -> Self {
        Figures {
            began: now,
            pages: 0,
            failed: 0,
            offers_new: 0,
            waits: 0,
            budget: None,
            over: false,
            recent: VecDeque::new(),
            pages_then: 0,
            found_at: None,
        }
    }

    fn visited(&mut self, now: Instant, outcome: &str, offers_new: u64) {
        self.pages += 1;
        self.offers_new += offers_new;
        self.failed += u64::from(outcome == "failed");
        match self.recent.back_mut() {
            Some((second, n)) if now.duration_since(*second) < Duration::from_secs(1) => *n += 1,
            _ => self.recent.push_back((now, 1)),
        }
        self.forget(now);
    }

    fn waiting(&mut self, now: Instant, addresses: u64) {
        let visited = self.pages - self.pages_then;
        if addresses + visited > self.waits {
            self.found_at = Some(now);
        }
        self.waits = addresses;
        self.pages_then = self.pages;
    }

    fn forget(&mut self, now: Instant) {
        while self.recent.front().is_some_and(|(second, _)| now.duration_since(*second) >= WINDOW) {
            self.recent.pop_front();
        }
    }

    /// The source as it stands. Time left is what waits over the rate, or what the budget still allows
    /// where that is less; only the least where addresses were found within the last minute.
    fn now(&mut self, now: Instant) -> Told {
        self.forget(now);
        let elapsed = now.duration_since(self.began);
        let recent: u64 = self.recent.iter().map(|(_, n)| n).sum();
        let rate = (elapsed >= FIRST_RATE.0 && self.pages >= FIRST_RATE.1 && !self.over)
            .then(|| recent as f64 / elapsed.min(WINDOW).as_secs_f64());
        let waits = if self.over {
            0
        } else {
            // Between two counts the pages visited since are taken off.
            self.waits.saturating_sub(self.pages - self.pages_then)
        };
        let allowed = self.budget.map(|budget| budget.saturating_sub(self.pages));
        let capped = allowed.is_some_and(|allowed| allowed <= waits);
        let finding = self.found_at.is_some_and(|at| now.duration_since(at) < WINDOW);
        let left = rate.filter(|rate| *rate > 0.0).and_then(|rate| {
            let pages = allowed.map_or(waits, |allowed| allowed.min(waits));
            let seconds = Duration::try_from_secs_f64(pages as f64 / rate).ok()?;
            Some((seconds, finding && !capped))
        });
        let left = left.filter(|_| waits > 0);
        Told { pages: self.pages, waits, failed: self.failed, offers_new: self.offers_new, rate, left }
    }
}

/// All sources together. They run side by side: what is left is what the slowest has left, and at
/// least that where one of them cannot tell yet.
fn together(parts: impl Iterator<Item = Told>) -> Told {
    parts.fold(Told::default(), |all, one| {
        let left = match (all.left, one.left) {
            (Some((a, least)), Some((b, other))) => Some((a.max(b), least || other)),
            (Some((a, _)), None) if one.waits > 0 => Some((a, true)),
            (None, Some((b, _))) if all.waits > 0 => Some((b, true)),
            (a, b) => a.or(b),
        };
        Told {
            pages: all.pages + one.pages,
            waits: all.waits + one.waits,
            failed: all.failed + one.failed,
            offers_new: all.offers_new + one.offers_new,
            rate: match (all.rate, one.rate) {
                (Some(a), Some(b)) => Some(a + b),
                (a, b) => a.or(b),
            },
            left,
        }
    })
}

/// One line of at most `width` columns: what does not fit is left out, the least needed first.
fn line(id: &str, told: &Told, width: usize) -> String {
    let mut parts: Vec<(u8, String)> = Vec::new();
    let mut push = |rank: u8, text: String| parts.push((rank, text));
    if !id.is_empty() {
        push(0, short(id, width / 3));
    }
    push(0, format!("{} pages", count(told.pages)));
    push(1, format!("{} waiting", count(told.waits)));
    if let Some(rate) = told.rate {
        push(3, format!("{}/s", figure(rate)));
    }
    if let Some((left, least)) = told.left {
        push(2, format!("{}{} left", if least { "at least " } else { "" }, duration(left)));
    }
    push(4, format!("{} new offers", count(told.offers_new)));
    if told.failed > 0 {
        push(5, format!("{} failed", count(told.failed)));
    }
    loop {
        let text = parts.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("  ");
        if text.chars().count() <= width {
            return text;
        }
        let Some(last) = (0..parts.len()).max_by_key(|i| parts[*i].0).filter(|i| parts[*i].0 > 0) else {
            return text.chars().take(width).collect();
        };
        parts.remove(last);
    }
}

/// A name cut to so many characters.
fn short(name: &str, most: usize) -> String {
    match name.chars().count() > most {
        true => name.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
        false => name.to_owned(),
    }
}

/// Two significant digits: a rate is no finer.
fn figure(rate: f64) -> String {
    match rate {
        r if r >= 100.0 => count(r.round() as u64),
        r if r >= 10.0 => format!("{r:.0}"),
        r if r >= 1.0 => format!("{r:.1}"),
        r => format!("{r:.2}"),
    }
}

/// A time in its two largest units.
pub fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60) {
        (0, 0, 0, s) => format!("{s} s"),
        (0, 0, m, s) if m < 10 => format!("{m} min {s} s"),
        (0, 0, m, _) => format!("{m} min"),
        (0, h, m, _) => format!("{h} h {m} min"),
        (1, h, _, _) => format!("1 day {h} h"),
        (d, h, _, _) if d < 10 => format!("{d} days {h} h"),
        (d, _, _, _) => format!("{} days", count(d)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    /// A crawl of one page every `pace` seconds, told how many wait after each.
    fn run(pages: u64, pace: u64, mut waits: impl FnMut(u64) -> u64) -> (Figures, Instant) {
        let began = Instant::now();
        let mut figures = Figures::new(began);
        figures.waiting(began, waits(0));
        for n in 1..=pages {
            let now = began + seconds(n * pace);
            figures.visited(now, "fetched", 1);
            figures.waiting(now, waits(n));
        }
        (figures, began + seconds(pages * pace))
    }

    #[test]
    fn the_rate_is_that_of_the_last_minute_and_decays_when_nothing_comes() {
        let (mut figures, now) = run(100, 2, |_| 600);
        let told = figures.now(now);
        assert_eq!((told.pages, told.offers_new), (100, 100));
        assert!((told.rate.unwrap() - 0.5).abs() < 0.02, "{told:?}");
        let later = figures.now(now + seconds(30));
        assert!((later.rate.unwrap() - 0.25).abs() < 0.02, "{later:?}");
        let stalled = figures.now(now + seconds(61));
        assert_eq!((stalled.rate, stalled.left), (Some(0.0), None));
    }

    #[test]
    fn no_rate_is_told_from_a_moment() {
        let (mut figures, now) = run(1, 1, |_| 5);
        assert_eq!(figures.now(now).rate, None);
        let (mut figures, now) = run(1, 5, |_| 5);
        assert_eq!(figures.now(now).rate, None, "one page is no rate");
    }

    #[test]
    fn time_left_is_the_least_while_addresses_are_found_and_sure_when_they_are_not() {
        let (mut figures, now) = run(100, 1, |n| 300 + 2 * n);
        let (left, least) = figures.now(now).left.unwrap();
        assert!(least && left.as_secs().abs_diff(500) < 20, "{left:?}");
        // What waits only shrinks by what was visited: nothing is found, and after a minute it is said.
        let (mut figures, now) = run(100, 1, |n| 400 - n);
        let (left, least) = figures.now(now).left.unwrap();
        assert!(!least && left.as_secs().abs_diff(300) < 10, "{left:?}");
    }

    #[test]
    fn a_budget_that_ends_first_makes_it_sure() {
        let (mut figures, now) = run(100, 1, |_| 10_000);
        figures.budget = Some(160);
        let (left, least) = figures.now(now).left.unwrap();
        assert!(!least && left.as_secs().abs_diff(60) < 5, "{left:?}");
    }

    #[test]
    fn between_counts_the_pages_since_are_taken_off() {
        let began = Instant::now();
        let mut figures = Figures::new(began);
        figures.waiting(began, 10);
        for n in 1..=4 {
            figures.visited(began + seconds(n), "unchanged", 0);
        }
        assert_eq!(figures.now(began + seconds(4)).waits, 6);
        figures.over = true;
        let told = figures.now(began + seconds(4));
        assert_eq!((told.waits, told.left), (0, None));
    }

    #[test]
    fn sources_side_by_side_take_as_long_as_the_slowest() {
        let one = |waits, left: Option<(u64, bool)>| Told {
            pages: 10,
            waits,
            rate: Some(0.2),
            left: left.map(|(s, least)| (seconds(s), least)),
            ..Told::default()
        };
        let all = |parts: &[Told]| together(parts.iter().copied());
        let both = all(&[one(5, Some((25, false))), one(50, Some((250, false)))]);
        assert_eq!((both.pages, both.waits, both.left), (20, 55, Some((seconds(250), false))));
        assert!((both.rate.unwrap() - 0.4).abs() < 1e-9);
        assert_eq!(all(&[one(5, Some((25, false))), one(50, None)]).left, Some((seconds(25), true)));
        assert_eq!(all(&[one(50, None), one(5, Some((25, false)))]).left, Some((seconds(25), true)));
        assert_eq!(all(&[one(0, None), one(5, Some((25, false)))]).left, Some((seconds(25), false)));
    }

    #[test]
    fn lines_of_every_width() {
        let told = Told {
            pages: 12_345,
            waits: 678,
            failed: 4,
            offers_new: 910,
            rate: Some(0.2),
            left: Some((seconds(3_390), true)),
        };
        let all: Vec<String> =
            [100, 79, 60, 40, 24, 8].iter().map(|w| line("harbour-lane", &told, *w)).collect();
        insta::assert_snapshot!(all.join("\n"), @r"
        harbour-lane  12,345 pages  678 waiting  0.20/s  at least 56 min left  910 new offers  4 failed
        harbour-lane  12,345 pages  678 waiting  0.20/s  at least 56 min left
        harbour-lane  12,345 pages  678 waiting
        harbour-lane  12,345 pages  678 waiting
        harbour…  12,345 pages
        h…  12,3
        ");
        for width in 0..120 {
            assert!(line("harbour-lane", &told, width).chars().count() <= width, "{width}");
        }
        assert_eq!(line("", &Told::default(), 79), "0 pages  0 waiting  0 new offers");
    }

    #[test]
    fn times_in_two_units() {
        let all: Vec<String> =
            [9, 61, 601, 3_700, 90_000, 200_000, 4_000_000].iter().map(|s| duration(seconds(*s))).collect();
        assert_eq!(all, ["9 s", "1 min 1 s", "10 min", "1 h 1 min", "1 day 1 h", "2 days 7 h", "46 days"]);
    }

    #[test]
    fn a_hidden_display_takes_everything() {
        let display = CrawlDisplay::hidden();
        let source = display.source("shop");
        source.budget(3);
        source.waiting(2);
        source.visited("fetched", 1);
        source.ended();
        display.finish();
    }
}
