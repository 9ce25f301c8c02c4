//! Leases: one host, one worker, and a pace that outlives both.

use super::Place;
use super::fixtures::*;
use chrono::TimeDelta;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use store::{Claim, ClaimRequest, Due, HostState, RobotsRow, Store};

/// A crawl over these hosts, with URLs /0, /1, … on each.
async fn crawl_over(store: &dyn Store, hosts: &[&str], urls: usize) -> store::CrawlId {
    let crawl = store.begin_crawl(SOURCE, Due::All, day(0)).await.unwrap();
    for host in hosts {
        let urls: Vec<_> = (0..urls).map(|n| url_at(host, &format!("/{n}"), 0)).collect();
        store.enqueue(SOURCE, &urls, day(0)).await.unwrap();
    }
    crawl
}

pub async fn a_host_is_leased_to_one_worker(place: Place) {
    let store = place.open().await;
    let crawl = crawl_over(&*store, &["a.example"], 30).await;
    let first = claim(&*store, &request(crawl, "w1", day(0))).await;
    assert_eq!(first.urls.len(), 10);
    let until = day(0) + minutes(5);
    for now in [day(0), until - TimeDelta::microseconds(1)] {
        let other = store.claim_host(&request(crawl, "w2", now)).await.unwrap();
        assert!(matches!(other, Claim::Later(_)), "though twenty URLs are left: {other:?}");
    }
    assert_eq!(store.claim_host(&request(crawl, "w2", day(0))).await.unwrap(), Claim::Later(until));
    let second = claim(&*store, &request(crawl, "w2", until)).await;
    assert_eq!(second.urls, first.urls, "what was not visited is given again");
    assert!(second.lease.epoch > first.lease.epoch);
}

pub async fn a_host_is_shared_by_sources_but_not_at_once(place: Place) {
    let store = place.open().await;
    let mine = crawl_over(&*store, &["a.example"], 3).await;
    let theirs = store.begin_crawl("other-shop", Due::All, day(0)).await.unwrap();
    store.enqueue("other-shop", &[url_at("a.example", "/theirs", 0)], day(0)).await.unwrap();
    let other = |now| ClaimRequest { source_id: "other-shop", ..request(theirs, "w2", now) };

    let held = claim(&*store, &request(mine, "w1", day(0))).await;
    assert_eq!(store.claim_host(&other(day(0))).await.unwrap(), Claim::Later(day(0) + minutes(5)));
    let rest = day(0) + minutes(2);
    store.finish_visits(&[], &[back(&held.lease, Some(rest), day(0) + minutes(1))]).await.unwrap();
    assert_eq!(store.claim_host(&other(day(0) + minutes(1))).await.unwrap(), Claim::Later(rest));
    let given = claim(&*store, &other(rest)).await;
    assert_eq!(paths(&given.urls), ["/theirs"]);
    assert_eq!(
        given.state,
        HostState { next_at: Some(rest), delay_ms: 2_000, failures: 0, latency_ms: 120 },
        "the pace is the host's, whoever asks"
    );
    assert!(matches!(store.claim_host(&request(mine, "w1", rest)).await.unwrap(), Claim::Later(_)));
}

pub async fn workers_that_race_never_hold_the_same_host(place: Place) {
    const HOSTS: usize = 25;
    const URLS: usize = 7;
    let hosts: Vec<String> = (0..HOSTS).map(|n| format!("{n}.example")).collect();
    let names: Vec<&str> = hosts.iter().map(String::as_str).collect();
    let first = place.open().await;
    let second = place.open().await;
    let crawl = crawl_over(&*first, &names, URLS).await;
    let held: Arc<Mutex<BTreeMap<String, i64>>> = Arc::default();
    let race = |store: Arc<dyn Store>, worker: &'static str| {
        let held = held.clone();
        tokio::spawn(async move {
            let mut visited = Vec::new();
            loop {
                let asked = ClaimRequest { limit: 2, ..request(crawl, worker, day(0)) };
                let claimed = match store.claim_host(&asked).await.unwrap() {
                    Claim::Host(claimed) => *claimed,
                    Claim::Nothing => return visited,
                    // Another worker holds what is left: its turn first.
                    Claim::Later(_) => {
                        tokio::task::yield_now().await;
                        continue;
                    }
                    spent => panic!("{spent:?}"),
                };
                let lease = claimed.lease.clone();
                let other = held.lock().unwrap().insert(lease.host.clone(), lease.epoch);
                assert_eq!(other, None, "{} is held twice", lease.host);
                let visits: Vec<_> =
                    (0..claimed.urls.len()).map(|n| visit_of(&claimed, n, crawl, day(0))).collect();
                held.lock().unwrap().remove(&lease.host);
                let effects =
                    store.finish_visits(&visits, &[back(&lease, Some(day(0)), day(0))]).await.unwrap();
                assert!(effects.iter().all(Option::is_some));
                visited.extend(claimed.urls.into_iter().map(|due| due.id));
            }
        })
    };
    // Two workers of one program and one of another.
    let workers = [race(first.clone(), "w1"), race(first.clone(), "w2"), race(second, "w3")];
    let mut all = Vec::new();
    for worker in workers {
        all.extend(worker.await.unwrap());
    }
    all.sort_unstable();
    let visited = all.len();
    all.dedup();
    assert_eq!((all.len(), visited), (HOSTS * URLS, HOSTS * URLS), "each once");
    assert_eq!(first.crawl_counts(crawl).await.unwrap().fetched, (HOSTS * URLS) as u64);
}

pub async fn a_host_at_rest_is_not_given(place: Place) {
    let store = place.open().await;
    let crawl = crawl_over(&*store, &["a.example"], 20).await;
    let first = claim(&*store, &request(crawl, "w1", day(0))).await;
    let rest = day(0) + minutes(60);
    store.finish_visits(&[], &[back(&first.lease, Some(rest), day(0))]).await.unwrap();
    // Nothing makes it come sooner: no new URL, no other worker, no new crawl.
    store.enqueue(SOURCE, &[url_at("a.example", "/new", 50)], day(0)).await.unwrap();
    assert_eq!(store.claim_host(&request(crawl, "w2", day(0))).await.unwrap(), Claim::Later(rest));
    store.finish_crawl(crawl, day(0), None).await.unwrap();
    let next = store.begin_crawl(SOURCE, Due::All, day(0)).await.unwrap();
    assert_eq!(store.claim_host(&request(next, "w2", day(0))).await.unwrap(), Claim::Later(rest));
    let just_before = rest - TimeDelta::microseconds(1);
    assert!(matches!(store.claim_host(&request(next, "w2", just_before)).await.unwrap(), Claim::Later(_)));
    assert_eq!(claim(&*store, &request(next, "w2", rest)).await.state.next_at, Some(rest));
}

pub async fn hosts_take_turns(place: Place) {
    let store = place.open().await;
    let crawl = crawl_over(&*store, &["a.example", "b.example", "c.example"], 100).await;
    let mut order = Vec::new();
    for n in 0..6 {
        let now = day(0) + minutes(n);
        let claimed = claim(&*store, &request(crawl, "w1", now)).await;
        store
            .finish_visits(&[], &[back(&claimed.lease, Some(now + TimeDelta::seconds(1)), now)])
            .await
            .unwrap();
        order.push(claimed.lease.host);
    }
    let (first, second) = order.split_at(3);
    assert_eq!(first, ["a.example", "b.example", "c.example"]);
    assert_eq!(first, second, "the one that has rested longest comes next");
}

pub async fn a_slow_host_does_not_hold_up_others(place: Place) {
    let store = place.open().await;
    let crawl = crawl_over(&*store, &["slow.example"], 50).await;
    let slow = claim(&*store, &request(crawl, "w1", day(0))).await;
    assert_eq!(slow.lease.host, "slow.example");
    let urls: Vec<_> = (0..40).map(|n| url_at("quick.example", &format!("/{n}"), 0)).collect();
    store.enqueue(SOURCE, &urls, day(0)).await.unwrap();
    for n in 0..4 {
        let now = day(0) + TimeDelta::seconds(n);
        let quick = claim(&*store, &request(crawl, "w2", now)).await;
        assert_eq!((quick.lease.host.as_str(), quick.urls.len()), ("quick.example", 10));
        let visits: Vec<_> = (0..10).map(|i| visit_of(&quick, i, crawl, now)).collect();
        store.finish_visits(&visits, &[back(&quick.lease, Some(now), now)]).await.unwrap();
    }
    assert_eq!(store.crawl_counts(crawl).await.unwrap().fetched, 40);
}

pub async fn a_lease_that_ends_leaves_its_host_resting(place: Place) {
    let store = place.open().await;
    let crawl = crawl_over(&*store, &["a.example"], 3).await;
    let first = claim(&*store, &request(crawl, "w1", day(0))).await;
    store.finish_visits(&[], &[back(&first.lease, Some(day(0)), day(0))]).await.unwrap();
    claim(&*store, &request(crawl, "w1", day(0))).await;
    // Not given back: the worker may have asked until the last moment of its lease.
    let until = day(0) + minutes(5);
    let rested = until + TimeDelta::milliseconds(2_000);
    assert_eq!(store.claim_host(&request(crawl, "w2", until)).await.unwrap(), Claim::Later(rested));
    claim(&*store, &request(crawl, "w2", rested)).await;
}

pub async fn the_first_lease_of_a_host_leaves_it_resting_too(place: Place) {
    let store = place.open().await;
    let crawl = crawl_over(&*store, &["a.example", "b.example"], 3).await;
    let asked = |worker, now| ClaimRequest { delay: minutes(2), ..request(crawl, worker, now) };
    // Two workers that die: one is known to be dead, the other's lease ends.
    assert_eq!(claim(&*store, &asked("w1", day(0))).await.state.delay_ms, 0, "nobody knows its pace yet");
    claim(&*store, &asked("w2", day(0))).await;
    let now = day(0) + minutes(1);
    assert_eq!(store.release("w1", now).await.unwrap(), 1);
    assert_eq!(store.claim_host(&asked("w3", now)).await.unwrap(), Claim::Later(now + minutes(2)));
    let first = claim(&*store, &asked("w3", now + minutes(2))).await;
    assert_eq!(first.lease.host, "a.example");
    let until = day(0) + minutes(5);
    assert_eq!(store.claim_host(&asked("w3", until)).await.unwrap(), Claim::Later(until + minutes(2)));
    assert_eq!(claim(&*store, &asked("w3", until + minutes(2))).await.lease.host, "b.example");
    // What it left itself counts from then on, also where that is less.
    store.finish_visits(&[], &[back(&first.lease, None, until)]).await.unwrap();
    assert_eq!(store.hosts(SOURCE).await.unwrap()[0].delay_ms, 2_000);
}

pub async fn next_at_moves_only_forward(place: Place) {
    let store = place.open().await;
    let crawl = crawl_over(&*store, &["a.example"], 3).await;
    let far = day(0) + minutes(30);
    let first = claim(&*store, &request(crawl, "w1", day(0))).await;
    store.finish_visits(&[], &[back(&first.lease, Some(far), day(0))]).await.unwrap();
    let second = claim(&*store, &request(crawl, "w1", far)).await;
    for earlier in [Some(day(0)), None] {
        store.finish_visits(&[], &[back(&second.lease, earlier, day(0))]).await.unwrap();
        assert_eq!(store.hosts(SOURCE).await.unwrap()[0].next_at, Some(far));
    }
    let mut failing = back(&second.lease, Some(far + minutes(1)), far);
    failing.state.failures = 3;
    failing.state.delay_ms = 64_000;
    store.finish_visits(&[], &[failing]).await.unwrap();
    let host = &store.hosts(SOURCE).await.unwrap()[0];
    assert_eq!((host.next_at, host.failures, host.delay_ms), (Some(far + minutes(1)), 3, 64_000));
}

pub async fn release_rests_the_host(place: Place) {
    let store = place.open().await;
    let crawl = crawl_over(&*store, &["a.example", "b.example"], 3).await;
    for _ in 0..2 {
        let claimed = claim(&*store, &request(crawl, "w1", day(0))).await;
        store.finish_visits(&[], &[back(&claimed.lease, Some(day(0)), day(0))]).await.unwrap();
    }
    let first = claim(&*store, &request(crawl, "w1", day(0))).await;
    claim(&*store, &request(crawl, "w2", day(0))).await;
    let now = day(0) + minutes(1);
    assert_eq!(store.release("w1", now).await.unwrap(), 1);
    assert_eq!(store.release("w1", now).await.unwrap(), 0);
    let rested = now + TimeDelta::milliseconds(2_000);
    assert_eq!(store.claim_host(&request(crawl, "w3", now)).await.unwrap(), Claim::Later(rested));
    let again = claim(&*store, &request(crawl, "w3", rested)).await;
    assert_eq!(again.lease.host, first.lease.host, "the lease of w2 stands");
    assert_eq!(again.state.next_at, Some(rested));
    // The one taken for dead comes back: another has its host.
    let visit = visit_of(&first, 0, crawl, rested);
    assert!(store.finish_visit(&visit).await.is_err());
}

pub async fn robots_come_with_the_next_claim(place: Place) {
    let store = place.open().await;
    let crawl = crawl_over(&*store, &["a.example"], 3).await;
    let row = |origin: &str, body: Option<&[u8]>, unreachable: Option<&str>| RobotsRow {
        origin: origin.to_owned(),
        fetched_at: day(0),
        body: body.map(<[u8]>::to_vec),
        unreachable: unreachable.map(str::to_owned),
    };
    let rows = [
        row("http://a.example", None, Some("status 503")),
        row("https://a.example", Some(b"User-agent: *\nDisallow: /\xff\0"), None),
        row("https://a.example:8443", None, None),
    ];
    let first = claim(&*store, &request(crawl, "w1", day(0))).await;
    assert!(first.robots.is_empty());
    let mut given = back(&first.lease, Some(day(0)), day(0));
    given.robots = rows.to_vec();
    given.requests = 3;
    store.finish_visits(&[], &[given]).await.unwrap();
    let second = claim(&*store, &request(crawl, "w2", day(0))).await;
    assert_eq!(second.robots, rows);
    let mut newer = back(&second.lease, Some(day(0)), day(0));
    newer.robots = vec![RobotsRow { fetched_at: day(0) + minutes(9), ..row("http://a.example", None, None) }];
    let expected = newer.robots[0].clone();
    store.finish_visits(&[], &[newer]).await.unwrap();
    let third = claim(&*store, &request(crawl, "w1", day(0))).await;
    assert_eq!(third.robots[0], expected);
    assert_eq!(third.robots[1..], rows[1..]);
}

pub async fn nothing_and_later_are_told_apart(place: Place) {
    let store = place.open().await;
    let crawl = crawl_over(&*store, &[], 0).await;
    let ask = async |now| store.claim_host(&request(crawl, "w2", now)).await.unwrap();
    assert_eq!(ask(day(0)).await, Claim::Nothing);
    store.enqueue(SOURCE, &[url("/a", 0), url("/b", 0)], day(0)).await.unwrap();
    let claimed = claim(&*store, &request(crawl, "w1", day(0))).await;
    let retry_at = day(0) + minutes(20);
    let mut retried = visit_of(&claimed, 0, crawl, day(0));
    retried.outcome = failed(Some(retry_at));
    let done = visit_of(&claimed, 1, crawl, day(0));
    store.finish_visits(&[retried], &[]).await.unwrap();
    assert_eq!(ask(day(0)).await, Claim::Later(claimed.lease_until), "the lease goes on");
    let rest = day(0) + minutes(2);
    store.finish_visits(&[done], &[back(&claimed.lease, Some(rest), day(0))]).await.unwrap();
    // Never later than the truth; and once the host is looked at, exact.
    assert!(matches!(ask(day(0)).await, Claim::Later(at) if at <= retry_at));
    assert_eq!(ask(rest).await, Claim::Later(retry_at));
    let again = claim(&*store, &request(crawl, "w2", retry_at)).await;
    assert_eq!(again.urls.len(), 1);
    let rest = retry_at + minutes(600);
    let last = visit_of(&again, 0, crawl, retry_at);
    store.finish_visits(&[last], &[back(&again.lease, Some(rest), retry_at)]).await.unwrap();
    assert_eq!(ask(retry_at).await, Claim::Nothing, "a host at rest without URLs is nothing to wait for");
}

pub async fn a_link_wakes_a_host_at_once(place: Place) {
    let store = place.open().await;
    let crawl = crawl_over(&*store, &["a.example"], 1).await;
    let claimed = claim(&*store, &request(crawl, "w1", day(0))).await;
    let mut visit = visit_of(&claimed, 0, crawl, day(0));
    visit.links = vec![url_at("a.example", "/more", 0), url_at("b.example", "/else", 0)];
    let rest = day(0) + minutes(1);
    store.finish_visits(&[visit], &[back(&claimed.lease, Some(rest), day(0))]).await.unwrap();
    let other = claim(&*store, &request(crawl, "w1", day(0))).await;
    assert_eq!(paths(&other.urls), ["/else"]);
    assert_eq!(store.claim_host(&request(crawl, "w1", day(0))).await.unwrap(), Claim::Later(rest));
    let own = claim(&*store, &request(crawl, "w1", rest)).await;
    assert_eq!(paths(&own.urls), ["/more"]);
    // All done, asleep, and woken by another host's page.
    let visit = visit_of(&own, 0, crawl, rest);
    store.finish_visits(&[visit], &[back(&own.lease, Some(rest), rest)]).await.unwrap();
    let mut visit = visit_of(&other, 0, crawl, rest);
    visit.links = vec![url_at("a.example", "/third", 0)];
    store.finish_visits(&[visit], &[back(&other.lease, Some(rest), rest)]).await.unwrap();
    assert_eq!(paths(&claim(&*store, &request(crawl, "w1", rest)).await.urls), ["/third"]);
}

pub async fn hosts_tell_the_truth(place: Place) {
    let store = place.open().await;
    assert!(store.hosts(SOURCE).await.unwrap().is_empty());
    let crawl = crawl_over(&*store, &["a.example", "b.example"], 3).await;
    store.enqueue("other-shop", &[url_at("a.example", "/theirs", 0)], day(0)).await.unwrap();
    let claimed = claim(&*store, &request(crawl, "w1", day(0))).await;
    let hosts = store.hosts(SOURCE).await.unwrap();
    assert_eq!(hosts.len(), 2);
    assert_eq!((hosts[0].host.as_str(), hosts[0].waiting), ("a.example", 3));
    assert_eq!(hosts[0].leased, Some(("w1".to_owned(), day(0) + minutes(5))));
    assert_eq!((hosts[1].host.as_str(), hosts[1].waiting, &hosts[1].leased), ("b.example", 3, &None));
    let visit = visit_of(&claimed, 0, crawl, day(0));
    store.finish_visits(&[visit], &[back(&claimed.lease, Some(day(1)), day(0))]).await.unwrap();
    let host = &store.hosts(SOURCE).await.unwrap()[0];
    assert_eq!((host.waiting, host.next_at, &host.leased), (2, Some(day(1)), &None));
    assert_eq!((host.delay_ms, host.failures, host.latency_ms), (2_000, 0, 120));
}

pub async fn what_is_learned_survives_the_worker(place: Place) {
    let store = place.open().await;
    let crawl = crawl_over(&*store, &["a.example", "b.example"], 3).await;
    let held = claim(&*store, &request(crawl, "w1", day(0))).await;
    let quiet = day(0) + minutes(60);
    let robots = RobotsRow {
        origin: "https://a.example".to_owned(),
        fetched_at: day(0),
        body: Some(b"User-agent: *\nCrawl-delay: 30\n".to_vec()),
        unreachable: None,
    };
    let mut learned = back(&held.lease, Some(quiet), day(0));
    learned.goes_on = true;
    learned.state.delay_ms = 30_000;
    learned.state.failures = 1;
    learned.robots = vec![robots.clone()];
    // Later news knows of no such pause; the moment moves only forward all the same, nor is the delay
    // shortened while the lease goes on.
    let mut again = back(&held.lease, Some(day(0)), day(0));
    again.goes_on = true;
    again.state.failures = 2;
    store.finish_visits(&[], &[learned.clone()]).await.unwrap();
    store
        .finish_visits(&[visit_of(&held, 0, crawl, day(0))], &[again.clone(), learned, again])
        .await
        .unwrap();
    let rows = store.hosts(SOURCE).await.unwrap();
    let host = rows.iter().find(|row| row.host == "a.example").unwrap();
    assert_eq!((host.next_at, host.delay_ms, host.failures), (Some(quiet), 30_000, 2));
    assert!(host.leased.as_ref().is_some_and(|(worker, _)| worker == "w1"), "the lease goes on: {host:?}");
    assert_eq!(host.waiting, 2, "and its visits are written");
    // The worker dies. Whether its leases are freed or run out, the host is left alone as it asked.
    let dead = |now| request(crawl, "w2", now);
    let other = claim(&*store, &dead(day(0) + minutes(6))).await;
    assert_eq!(other.lease.host, "b.example");
    store.finish_visits(&[], &[back(&other.lease, Some(day(1)), day(0) + minutes(6))]).await.unwrap();
    assert_eq!(store.claim_host(&dead(day(0) + minutes(6))).await.unwrap(), Claim::Later(quiet));
    store.release("w1", day(0) + minutes(7)).await.unwrap();
    assert_eq!(store.claim_host(&dead(day(0) + minutes(7))).await.unwrap(), Claim::Later(quiet));
    let next = claim(&*store, &dead(quiet)).await;
    assert_eq!(
        next.state,
        HostState { next_at: Some(quiet), delay_ms: 30_000, failures: 2, latency_ms: 120 }
    );
    assert_eq!(next.robots, [robots]);
}

pub async fn what_is_learned_under_a_lost_lease_is_not_kept(place: Place) {
    let store = place.open().await;
    let crawl = crawl_over(&*store, &["a.example"], 3).await;
    let slept = claim(&*store, &request(crawl, "w1", day(0))).await;
    let later = day(0) + minutes(10);
    let successor = claim(&*store, &request(crawl, "w2", later)).await;
    let mut learned = back(&slept.lease, Some(day(1)), later);
    learned.goes_on = true;
    learned.requests = 1;
    learned.robots = vec![RobotsRow {
        origin: "https://a.example".to_owned(),
        fetched_at: later,
        body: None,
        unreachable: None,
    }];
    store.finish_visits(&[], &[learned]).await.unwrap();
    assert_eq!(store.requests_on(SOURCE, later.date_naive()).await.unwrap(), 1, "the site was asked");
    store.finish_visits(&[], &[back(&successor.lease, Some(later), later)]).await.unwrap();
    let next = claim(&*store, &request(crawl, "w2", later)).await;
    assert!(next.robots.is_empty() && next.state.next_at == Some(later), "{next:?}");
}

pub async fn a_person_lifts_the_rest_of_hosts_nobody_holds(place: Place) {
    let store = place.open().await;
    let crawl = crawl_over(&*store, &["a.example", "b.example", "c.example"], 3).await;
    let claims = [
        claim(&*store, &request(crawl, "w1", day(0))).await,
        claim(&*store, &request(crawl, "w1", day(0))).await,
        claim(&*store, &request(crawl, "w2", day(0))).await,
    ];
    // The first failed and has no robots.txt, the second rests for its pace, the third is held.
    let quiet = day(0) + minutes(60);
    let mut failed = back(&claims[0].lease, Some(quiet), day(0));
    failed.state.failures = 3;
    let robots = |host: &str, why: Option<&str>| RobotsRow {
        origin: format!("https://{host}"),
        fetched_at: day(0),
        body: None,
        unreachable: why.map(str::to_owned),
    };
    failed.robots = vec![robots("a.example", Some("status 503")), robots("www.a.example", None)];
    let rested = day(0) + TimeDelta::seconds(2);
    let paced = back(&claims[1].lease, Some(rested), day(0));
    store.finish_visits(&[], &[failed, paced]).await.unwrap();
    assert_eq!(store.resume_hosts(SOURCE, day(0)).await.unwrap(), ["a.example"]);
    assert_eq!(store.resume_hosts("other-shop", day(0)).await.unwrap(), [""; 0]);
    // After the usual pace, with what is known of the other origin.
    assert_eq!(store.claim_host(&request(crawl, "w3", day(0))).await.unwrap(), Claim::Later(rested));
    let next = claim(&*store, &request(crawl, "w3", rested)).await;
    assert_eq!((next.lease.host.as_str(), next.state.failures), ("a.example", 0));
    assert_eq!(next.robots, [robots("www.a.example", None)]);
    assert_eq!(store.resume_hosts(SOURCE, rested).await.unwrap(), [""; 0], "nothing is left to lift");
}
