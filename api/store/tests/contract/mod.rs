//! What every store promises, whatever database is behind it. A case gets the location of a fresh,
//! empty database; `contract::suite!` makes one test of each case for one kind of database.

pub mod before;
pub mod budgets;
pub mod evidence;
pub mod fixtures;
pub mod frontier;
pub mod leases;
pub mod observations;
pub mod others;
pub mod spellings;
pub mod tariffs;
pub mod visits;

use std::any::Any;
use std::sync::Arc;
use store::{Open, Store};

/// A fresh, empty database, gone when this is dropped.
pub struct Place {
    pub location: String,
    pub _guard: Box<dyn Any + Send + Sync>,
}

impl Place {
    /// The database, made and migrated; again for a further connection.
    pub async fn open(&self) -> Arc<dyn Store> {
        let store = store::open(&self.location, Open::Create).await.unwrap();
        store.migrate().await.unwrap();
        store
    }
}

/// `suite!(name, place)`: a module of tests, one for each case, each at a place of its own.
macro_rules! suite {
    ($name:ident, $place:path) => {
        mod $name {
            crate::contract::cases!(
                $place,
                frontier::[
                    urls_come_by_priority_then_by_time,
                    everything_of_a_url_comes_back,
                    a_url_is_enqueued_once,
                    a_page_that_changed_is_due_whatever_was_planned,
                    a_sitemap_of_many_urls_is_enqueued_whole,
                    an_interrupted_crawl_is_taken_up_again,
                    a_forgotten_crawl_is_not_taken_up,
                    a_new_crawl_makes_pages_due_but_not_gone_ones,
                    crawls_with_a_budget_come_round_to_every_page,
                    planned_revisits_come_when_their_time_is_over,
                    crawls_tell_the_truth,
                    an_ended_crawl_gives_no_more_hosts,
                ],
                leases::[
                    a_host_is_leased_to_one_worker,
                    a_host_is_shared_by_sources_but_not_at_once,
                    workers_that_race_never_hold_the_same_host,
                    a_host_at_rest_is_not_given,
                    hosts_take_turns,
                    a_slow_host_does_not_hold_up_others,
                    a_lease_that_ends_leaves_its_host_resting,
                    the_first_lease_of_a_host_leaves_it_resting_too,
                    next_at_moves_only_forward,
                    release_rests_the_host,
                    a_person_lifts_the_rest_of_hosts_nobody_holds,
                    what_is_learned_survives_the_worker,
                    what_is_learned_under_a_lost_lease_is_not_kept,
                    robots_come_with_the_next_claim,
                    nothing_and_later_are_told_apart,
                    a_link_wakes_a_host_at_once,
                    hosts_tell_the_truth,
                ],
                budgets::[
                    pages_are_never_exceeded,
                    what_dead_workers_held_is_freed,
                    bytes_end_a_crawl,
                    requests_are_counted_by_day,
                    requests_of_a_lost_lease_count_too,
                    requests_told_early_leave_what_is_under_way,
                    a_robots_txt_that_could_not_be_had_is_a_request_to_come,
                    workers_that_race_stay_within_the_budget,
                    a_source_knows_its_day_and_its_empty_pages,
                ],
                visits::[
                    a_visit_is_written_whole,
                    a_visit_twice_stores_nothing_twice,
                    a_visit_without_its_lease_is_refused_whole,
                    visits_are_written_together_but_for_lost_leases,
                    one_batch_may_hold_everything,
                    what_a_page_says_is_the_same_on_every_database,
                    a_visit_that_cannot_be_written_leaves_nothing,
                    a_failed_visit_waits_for_its_retry,
                    saved_pages_need_no_crawl,
                    a_page_is_found_again_by_its_content,
                    an_unchanged_page_is_seen_again_each_day,
                    changed_content_replaces_what_is_seen_again,
                    a_page_never_read_cannot_be_seen_again,
                    health_follows_the_visits,
                ],
                spellings::[
                    a_page_gives_way_to_its_own_address,
                    what_leads_back_or_nowhere_wakes_who_gave_way,
                    of_two_that_name_each_other_one_stands,
                    two_that_name_each_other_at_once_leave_one,
                ],
                observations::[
                    everything_of_an_observation_comes_back,
                    the_same_observation_is_stored_once,
                    many_observations_at_once_are_counted_one_by_one,
                    observations_come_in_the_order_of_their_ids,
                    observations_are_had_by_their_ids,
                    the_filter_holds_at_its_ends,
                    rejections_are_rows_and_known_again,
                    money_keeps_every_digit,
                ],
                evidence::[
                    evidence_comes_in_the_order_of_the_archive,
                    evidence_is_found_by_the_beginning_of_a_hash,
                    the_newest_capture_is_what_is_known_of_a_page,
                ],
                tariffs::[
                    everything_of_an_edition_comes_back,
                    an_edition_is_replaced_whole,
                    moves_are_replaced_by_pair_of_editions,
                ],
                others::[
                    migrating_twice_does_nothing,
                    programs_that_migrate_at_once_take_turns,
                    a_database_opened_again_holds_the_same,
                    rates_are_replaced_when_they_change,
                    rates_with_a_period_reach_into_days,
                    the_latest_snapshot_is_the_one_built_last,
                    a_measurement_on_cleared_lines_is_kept_once,
                    a_source_file_is_known_by_its_text,
                ],
            );
        }
    };
}

macro_rules! cases {
    ($place:path, $( $module:ident :: [ $( $case:ident ),+ $(,)? ] ),+ $(,)?) => {
        $( $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                if let Some(place) = $place(stringify!($case)) {
                    crate::contract::$module::$case(place).await;
                }
            }
        )+ )+
    };
}

pub(crate) use {cases, suite};
