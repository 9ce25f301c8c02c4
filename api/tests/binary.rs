//! The binary says who it is. It also has cargo build the binary in every test run, which the tests
//! of the whole (crate `acceptance`) then find beside themselves.

use std::process::Command;

#[test]
fn the_binary_knows_its_version_and_refuses_no_command() {
    let binary = env!("CARGO_BIN_EXE_touchstone");
    let version = Command::new(binary).arg("--version").output().expect("the binary runs");
    assert_eq!(
        String::from_utf8_lossy(&version.stdout).trim(),
        concat!("touchstone ", env!("CARGO_PKG_VERSION"))
    );
    let bare = Command::new(binary).output().expect("the binary runs");
    assert_eq!(bare.status.code(), Some(2), "no command is a wrong command line");
}
