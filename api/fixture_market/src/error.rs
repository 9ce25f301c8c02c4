//! What can go wrong when the market is served.

use thiserror::Error;

/// The market could not be served.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MarketError {
    /// The listener gives no address.
    #[error("the listener of the bundled market has no local address: {source}; bind it to 127.0.0.1:0")]
    NoAddress {
        /// What the system said.
        source: std::io::Error,
    },
    /// The listener is open to other machines.
    #[error("the bundled market serves loopback only, and {address} is not: bind it to 127.0.0.1:0")]
    NotLoopback {
        /// The address of the listener.
        address: std::net::SocketAddr,
    },
}
