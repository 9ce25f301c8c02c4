//! One host: its pace, its robots.txt, one request at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// The hosts a process talks to. Engines that share one never ask a host faster together than
/// one of them would alone.
#[derive(Clone, Default)]
pub struct Hosts {
    _hosts: Arc<Mutex<HashMap<String, ()>>>,
}
