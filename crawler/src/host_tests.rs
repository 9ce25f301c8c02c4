//! Tests of [`super`] and of [`crate::pace`], with tokio's time held still.

use super::*;
use crate::pace::Go;
use proptest::prelude::*;

const TIMEOUT: Duration = Duration::from_secs(30);

fn seconds(n: f64) -> Duration {
    Duration::from_secs_f64(n)
}

fn manner(delay: f64) -> Manner {
    Manner { delay: seconds(delay), concurrency: 1, adaptive: true }
}

fn patience(lease: &LeaseClock) -> Patience<'_> {
    Patience { lease, timeout: TIMEOUT, max_wait: Duration::from_secs(60) }
}

/// Seconds since `start`, to the millisecond.
fn at(start: Instant) -> f64 {
    (start.elapsed().as_secs_f64() * 1000.0).round() / 1000.0
}

#[tokio::test(start_paused = true)]
async fn requests_keep_the_delay_and_the_longer_one_prevails() {
    let hosts = Hosts::default();
    let lease = LeaseClock::unlimited();
    let start = Instant::now();
    let mut sent = Vec::new();
    // Two sources on one host: the slower one's pace holds for both, from then on.
    for delay in [2.0, 2.0, 5.0, 1.0, 1.0] {
        let group = hosts.group("a.example");
        group.turn(&manner(delay), &patience(&lease)).await.unwrap();
        sent.push(at(start));
    }
    assert_eq!(sent, [0.0, 2.0, 7.0, 12.0, 17.0]);
    // Another host has its own.
    hosts.group("b.example").turn(&manner(9.0), &patience(&lease)).await.unwrap();
    assert_eq!(at(start), 17.0);
}

#[tokio::test(start_paused = true)]
async fn concurrency_is_kept_and_the_delay_stands_between_beginnings() {
    let group = Group::default();
    let lease = LeaseClock::unlimited();
    let start = Instant::now();
    let manner = Manner { concurrency: 3, ..manner(1.0) };
    let visit = |took: f64| {
        let (group, lease, manner) = (&group, &lease, &manner);
        async move {
            let turn = group.turn(manner, &patience(lease)).await.unwrap();
            let begun = at(start);
            tokio::time::sleep(seconds(took)).await;
            drop(turn);
            begun
        }
    };
    let begun = futures::future::join_all([10.0, 10.0, 10.0, 10.0, 1.0].map(visit)).await;
    // The fourth has to wait for the first to end, the fifth for the second.
    assert_eq!(begun, [0.0, 1.0, 2.0, 10.0, 11.0]);
    // Whoever wants less holds back the others while his request is under way.
    let start = Instant::now();
    let narrow = Manner { concurrency: 1, ..manner };
    let turn = group.turn(&narrow, &patience(&lease)).await.unwrap();
    let (begun, ()) = tokio::join!(
        async {
            group.turn(&manner, &patience(&lease)).await.unwrap();
            at(start)
        },
        async move {
            tokio::time::sleep(seconds(7.0)).await;
            drop(turn);
        }
    );
    assert!(begun >= 7.0, "{begun}");
}

#[tokio::test(start_paused = true)]
async fn nothing_begins_that_could_outlast_the_lease() {
    let group = Group::default();
    let start = Instant::now();
    let lease = LeaseClock::start(seconds(100.0));
    let slow = manner(50.0);
    group.turn(&slow, &patience(&lease)).await.unwrap();
    group.turn(&slow, &patience(&lease)).await.unwrap();
    assert_eq!(at(start), 50.0);
    // The third turn would come at 100, and a request takes 30: not even waited for.
    let third = group.turn(&slow, &patience(&lease)).await.err();
    assert_eq!((third, at(start)), (Some(NotNow::LeaseOver), 50.0));
    // A lease that is over says so without waiting; so does one that is shorter than a request.
    let spent = LeaseClock::start(seconds(29.0));
    assert_eq!(group.turn(&slow, &patience(&spent)).await.err(), Some(NotNow::LeaseOver));
    // Waiting for others ends with the lease, too: at 70 nothing can begin any more.
    let lease = LeaseClock::start(seconds(80.0));
    let turn = group.turn(&slow, &patience(&LeaseClock::unlimited())).await.unwrap();
    assert_eq!(at(start), 100.0);
    let late = group.turn(&slow, &patience(&lease)).await.err();
    assert_eq!((late, at(start)), (Some(NotNow::LeaseOver), 100.0));
    drop(turn);
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_slept_while_it_waited_sends_nothing() {
    struct Wall(Mutex<chrono::DateTime<chrono::Utc>>);
    impl model::Clock for Wall {
        fn now(&self) -> chrono::DateTime<chrono::Utc> {
            *lock(&self.0)
        }
    }
    let wall = Arc::new(Wall(Mutex::new("2026-03-01T12:00:00Z".parse().unwrap())));
    let group = Group::default();
    let lease = LeaseClock::start_by(seconds(100.0), wall.clone());
    group.turn(&manner(20.0), &patience(&lease)).await.unwrap();
    let (second, ()) =
        tokio::join!(async { group.turn(&manner(20.0), &patience(&lease)).await.err() }, async {
            tokio::time::sleep(seconds(10.0)).await;
            *lock(&wall.0) += chrono::TimeDelta::hours(1);
        });
    assert_eq!(second, Some(NotNow::LeaseOver));
}

#[tokio::test(start_paused = true)]
async fn failures_only_ever_slow_down() {
    let mut pace = Pace::default();
    let fast = manner(0.5);
    let mut pauses = Vec::new();
    for _ in 0..12 {
        pace.check(&fast, Instant::now());
        pace.begin(&fast, Instant::now());
        pauses.push(pace.failed(Instant::now(), Instant::now(), None, 0.0).as_secs_f64());
        pace.end();
        tokio::time::advance(seconds(pauses[pauses.len() - 1])).await;
    }
    assert_eq!(pauses[..4], [1.0, 2.0, 4.0, 8.0]);
    assert_eq!(pauses[11], 600.0);
    pace.answered(Instant::now());
    assert_eq!(pace.failed(Instant::now(), Instant::now(), None, 0.0), seconds(1.0));
    // Jitter lengthens a pause by up to a quarter and by no more than a minute.
    pace.answered(Instant::now());
    assert_eq!(pace.failed(Instant::now(), Instant::now(), Some(seconds(100.0)), 1.0), seconds(125.0));
    let long = Pace::default().failed(Instant::now(), Instant::now(), Some(seconds(86_400.0)), 1.0);
    assert_eq!(long, seconds(86_460.0));
    // An earlier, longer promise stands.
    assert!(pace.failed(Instant::now(), Instant::now(), None, 0.0) >= seconds(124.0));
    let most = Pace::default().failed(Instant::now(), Instant::now(), Some(Duration::MAX), 0.0);
    assert_eq!(most, Duration::from_secs(7 * 24 * 3600));
}

#[tokio::test(start_paused = true)]
async fn requests_that_fail_together_are_one_failure() {
    let mut pace = Pace::default();
    let many = Manner { concurrency: 4, ..manner(0.0) };
    let begun = Instant::now();
    for _ in 0..4 {
        assert_eq!(pace.check(&many, begun), Go::Now);
        pace.begin(&many, begun);
    }
    assert_eq!(pace.check(&many, begun), Go::Full);
    tokio::time::advance(seconds(1.0)).await;
    for _ in 0..3 {
        pace.failed(begun, Instant::now(), None, 0.0);
    }
    // The fourth was begun before the failure: its success does not make up for it.
    pace.answered(begun);
    assert_eq!(pace.leave(Instant::now()).failures, 1);
    tokio::time::advance(seconds(2.0)).await;
    pace.answered(Instant::now());
    assert_eq!(pace.leave(Instant::now()).failures, 0);
}

#[tokio::test(start_paused = true)]
async fn a_long_quiet_time_is_given_back_and_kept() {
    let group = Group::default();
    let lease = LeaseClock::unlimited();
    let turn = group.turn(&manner(1.0), &patience(&lease)).await.unwrap();
    assert_eq!(turn.failed(Some(seconds(3600.0)), 0.0), seconds(3600.0));
    drop(turn);
    let rest = group.turn(&manner(1.0), &patience(&lease)).await.err();
    assert_eq!(rest, Some(NotNow::Resting(seconds(3600.0))));
    tokio::time::advance(seconds(3595.0)).await;
    let start = Instant::now();
    // It is not waited for within a lease that would be over by then.
    let short = LeaseClock::start(seconds(32.0));
    let rest = group.turn(&manner(1.0), &patience(&short)).await.err();
    assert_eq!((rest, at(start)), (Some(NotNow::Resting(seconds(5.0))), 0.0));
    group.turn(&manner(1.0), &patience(&lease)).await.unwrap();
    assert_eq!(at(start), 5.0);
}

#[tokio::test(start_paused = true)]
async fn slow_answers_lengthen_the_delay_and_quick_ones_bring_it_back() {
    let mut pace = Pace::default();
    let adaptive = manner(1.0);
    let mut delay = |took: f64, good: bool, times: usize| {
        for _ in 0..times {
            pace.took(seconds(took), good);
        }
        pace.check(&adaptive, Instant::now());
        pace.usual_wait().as_secs_f64()
    };
    // Below a tenth of a second, and a little above it, the configured delay is long enough.
    assert_eq!(delay(0.09, true, 5), 1.0);
    assert_eq!(delay(0.3, true, 20), 1.0);
    // A host that takes five seconds is asked every ten.
    let slow = delay(5.0, true, 40);
    assert!((9.5..=9.9).contains(&slow), "{slow}");
    // Quick errors bring nothing back, slow ones make it worse.
    assert_eq!(delay(0.01, false, 20), slow);
    let worse = delay(20.0, false, 20);
    assert!(worse > 35.0, "{worse}");
    assert_eq!(delay(100.0, true, 100), 60.0);
    // Quick pages do, and never further than to what is configured.
    let better = delay(0.05, true, 10);
    assert!((2.0..60.0).contains(&better), "{better}");
    assert_eq!(delay(0.05, true, 40), 1.0);
    // A source that does not want it is not held up by it, and the next one that does is.
    delay(5.0, true, 40);
    pace.check(&Manner { adaptive: false, ..adaptive }, Instant::now());
    assert_eq!(pace.usual_wait(), seconds(1.0));
    pace.check(&adaptive, Instant::now());
    assert!(pace.usual_wait() > seconds(9.0));
}

#[tokio::test(start_paused = true)]
async fn a_quick_host_without_delay_costs_no_time() {
    let group = Group::default();
    let lease = LeaseClock::start(seconds(1000.0));
    let start = Instant::now();
    for _ in 0..500 {
        let turn = group.turn(&manner(0.0), &patience(&lease)).await.unwrap();
        tokio::time::advance(seconds(0.02)).await;
        turn.answered(Some(true));
    }
    assert_eq!(at(start), 10.0);
}

#[tokio::test(start_paused = true)]
async fn the_next_worker_goes_on_where_the_last_one_left() {
    let here = Hosts::default();
    let lease = LeaseClock::unlimited();
    here.take_up("a.example", HostPace::default());
    let turn = here.group("a.example");
    let turn = turn.turn(&manner(8.0), &patience(&lease)).await.unwrap();
    tokio::time::advance(seconds(1.0)).await;
    turn.answered(Some(true));
    drop(turn);
    tokio::time::advance(seconds(2.0)).await;
    let left = here.leave("a.example");
    // Of the delay of eight seconds three have passed since the request began.
    assert_eq!(
        left,
        HostPace { rest: seconds(5.0), delay: seconds(8.0), failures: 0, latency: seconds(1.0) }
    );
    // Another process, whose source wants twelve seconds: they count from that request on.
    let there = Hosts::default();
    there.take_up("a.example", left);
    let start = Instant::now();
    there.group("a.example").turn(&manner(12.0), &patience(&lease)).await.unwrap();
    assert_eq!(at(start), 9.0);
    // Back here: what was promised here and what is taken up combine to the slower.
    here.take_up("a.example", HostPace { rest: seconds(1.0), failures: 3, ..left });
    let left = here.leave("a.example");
    assert_eq!((left.rest, left.failures), (seconds(1.0), 3));
    // With the last lease a delay is forgotten that nobody asks for any more.
    tokio::time::advance(seconds(100.0)).await;
    here.take_up("a.example", HostPace { delay: Duration::ZERO, latency: Duration::ZERO, ..left });
    let start = Instant::now();
    let group = here.group("a.example");
    let quick = Manner { adaptive: false, ..manner(1.0) };
    for _ in 0..3 {
        group.turn(&quick, &patience(&lease)).await.unwrap();
    }
    assert_eq!(at(start), 3.0);
}

#[tokio::test(start_paused = true)]
async fn memory_does_not_grow_with_the_number_of_hosts() {
    let hosts = Hosts::default();
    let lease = LeaseClock::unlimited();
    hosts.take_up("held.example", HostPace::default());
    let quiet = HostPace { rest: seconds(500.0), ..HostPace::default() };
    hosts.take_up("quiet.example", quiet);
    hosts.leave("quiet.example");
    for n in 0..3 * MOST_GROUPS {
        hosts.group(&format!("{n}.example")).turn(&manner(1.0), &patience(&lease)).await.unwrap();
        tokio::time::advance(Duration::from_millis(1)).await;
    }
    assert!(lock(&hosts.groups).len() <= MOST_GROUPS + 2);
    assert!(hosts.known_group("held.example").is_some() && hosts.known_group("quiet.example").is_some());
}

/// What happens to a host, for the property below.
#[derive(Debug, Clone)]
enum Event {
    Pass(u64),
    /// A request is wanted; it is answered after so many milliseconds.
    Ask(u64, Answer),
    Leave,
    TakeUp(u64, u64, u32, u64),
}

#[derive(Debug, Clone, Copy)]
enum Answer {
    Page,
    Error,
    Fails(Option<u64>),
    Dropped,
}

fn event() -> impl Strategy<Value = Event> {
    let answer = prop_oneof![
        3 => Just(Answer::Page),
        1 => Just(Answer::Error),
        1 => prop::option::of(0..200_000u64).prop_map(Answer::Fails),
        1 => Just(Answer::Dropped),
    ];
    prop_oneof![
        2 => (0..30_000u64).prop_map(Event::Pass),
        6 => (0..40_000u64, answer).prop_map(|(took, answer)| Event::Ask(took, answer)),
        1 => Just(Event::Leave),
        1 => (0..50_000u64, 0..50_000u64, 0..40u32, 0..50_000u64)
            .prop_map(|(rest, delay, failures, latency)| Event::TakeUp(rest, delay, failures, latency)),
    ]
}

proptest! {
    #[test]
    fn no_answer_makes_a_host_be_asked_sooner(
        delay in 0..10_000u64,
        concurrency in 1..4u32,
        adaptive in any::<bool>(),
        jitter in 0.0..1.0f64,
        events in prop::collection::vec(event(), 1..60),
    ) {
        let ms = Duration::from_millis;
        let wanted = Manner { delay: ms(delay), concurrency, adaptive };
        let origin = Instant::now();
        let mut now = origin;
        let mut pace = Pace::default();
        let (mut last, mut promised) = (None::<Instant>, None::<Instant>);
        // When each request under way ends, and how.
        let mut under_way: Vec<(Instant, Instant, Answer)> = Vec::new();
        for event in events {
            match event {
                Event::Pass(time) => now += ms(time),
                Event::Leave => {
                    let left = pace.leave(now);
                    if let Some(begun) = last {
                        prop_assert!(now + left.rest >= begun + wanted.delay);
                    }
                    if let Some(moment) = promised {
                        prop_assert!(now + left.rest >= moment);
                    }
                }
                Event::TakeUp(rest, delay, failures, latency) => {
                    pace.take_up(&HostPace { rest: ms(rest), delay: ms(delay), failures, latency: ms(latency) }, now);
                    promised = Some(promised.map_or(now + ms(rest), |known| known.max(now + ms(rest))));
                }
                Event::Ask(took, answer) => loop {
                    // What is over by now, in its order.
                    under_way.sort_by_key(|(_, end, _)| *end);
                    while let Some((begun, end, answer)) = under_way.first().copied().filter(|(_, end, _)| *end <= now) {
                        under_way.remove(0);
                        match answer {
                            Answer::Page | Answer::Error => {
                                pace.answered(begun);
                                pace.took(end - begun, matches!(answer, Answer::Page));
                            }
                            Answer::Fails(asked) => {
                                let pause = pace.failed(begun, now, asked.map(ms), jitter);
                                prop_assert!(pause >= asked.map(ms).unwrap_or_default().max(ms(1000)));
                                promised = Some(promised.map_or(now + pause, |known| known.max(now + pause)));
                            }
                            Answer::Dropped => {}
                        }
                        pace.end();
                    }
                    match pace.check(&wanted, now) {
                        Go::Now => {
                            prop_assert!(last.is_none_or(|last| now >= last + wanted.delay));
                            prop_assert!(promised.is_none_or(|moment| now >= moment));
                            prop_assert!((under_way.len() as u32) < concurrency);
                            pace.begin(&wanted, now);
                            last = Some(now);
                            under_way.push((now, now + ms(took), answer));
                            break;
                        }
                        Go::At(moment) | Go::Quiet(moment) => {
                            prop_assert!(moment > now);
                            now = moment;
                        }
                        Go::Full => now = under_way[0].1.max(now),
                    }
                },
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_next_worker_would_miss_is_told_at_once() {
    let hosts = Hosts::default();
    let lease = LeaseClock::unlimited();
    let told =
        async |patience| tokio::time::timeout(seconds(patience), hosts.learned("a.example")).await.is_ok();
    hosts.take_up("a.example", HostPace::default());
    assert!(!told(1.0).await, "nothing was learned yet");
    let group = hosts.group("a.example");
    let turn = group.turn(&manner(2.0), &patience(&lease)).await.unwrap();
    turn.answered(Some(true));
    drop(turn);
    assert!(!told(1.0).await, "a good answer is no news");
    let turn = group.turn(&manner(2.0), &patience(&lease)).await.unwrap();
    turn.failed(Some(seconds(3600.0)), 0.0);
    drop(turn);
    assert!(told(1.0).await && !told(1.0).await, "once");
    let state = hosts.state("a.example");
    assert_eq!((state.rest, state.failures, state.delay), (seconds(3599.0), 1, seconds(2.0)));
    assert_eq!(hosts.leave("a.example"), state, "and the same at the end");
    // A delay that robots.txt asks for counts from the last request on, which was robots.txt itself.
    let robots = KnownRobots {
        origin: "https://a.example".to_owned(),
        fetched_at: "2026-03-01T12:00:00Z".parse().unwrap(),
        body: None,
        unreachable: None,
    };
    hosts.take_up("b.example", HostPace::default());
    let group = hosts.group("b.example");
    drop(group.turn(&manner(2.0), &patience(&lease)).await.unwrap());
    group.learn(robots.clone(), seconds(30.0));
    let state = hosts.state("b.example");
    assert_eq!((state.rest, state.delay), (seconds(30.0), seconds(30.0)));
    assert_eq!(lock(&group.news).files, [robots]);
    hosts.leave("b.example");
    hosts.take_up("b.example", HostPace::default());
    let later = tokio::time::timeout(seconds(1.0), hosts.learned("b.example")).await;
    assert!(later.is_err(), "what was learned before was told with the lease's end");
}
