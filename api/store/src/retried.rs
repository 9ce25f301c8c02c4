//! Doing a transaction again that the database refused for another's sake.

/// Calls again while the database says that the transaction lost against another one (a deadlock, a
/// failure to serialize), a few times. Where writers take turns that does not happen.
macro_rules! retried {
    ($store:expr, $call:expr) => {{
        let mut tries = 0;
        loop {
            match $call.await {
                Err(error) if $store.may_try_again(&error, tries).await => tries += 1,
                done => break done,
            }
        }
    }};
}
pub(crate) use retried;
