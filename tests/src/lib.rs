//! What the tests of the whole share: the built binary, a folder of its own for each test, a declared line
//! and a reference for it, price tables, a running server, and the shared material where it is present.

#![warn(missing_docs)]

pub mod line;
pub mod prices;
pub mod server;
pub mod site;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// The binary `touchstone` beside this test's own executable: `cargo test --workspace` builds it.
pub fn binary() -> PathBuf {
    let mut folder = std::env::current_exe().unwrap_or_default();
    while folder.pop() {
        let candidate = folder.join(format!("touchstone{}", std::env::consts::EXE_SUFFIX));
        if candidate.is_file() {
            return candidate;
        }
    }
    panic!("the binary touchstone is not built: run the tests with `cargo test --workspace`");
}

/// The top folder of the checkout.
pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The shared material, or `None` (after saying so) where it is absent. With
/// `TOUCHSTONE_REQUIRE_SHARED=1` its absence fails the test.
pub fn shared(test: &str) -> Option<PathBuf> {
    let folder =
        std::env::var_os("TOUCHSTONE_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    if folder.join("data").is_dir() {
        return Some(folder);
    }
    let required = std::env::var("TOUCHSTONE_REQUIRE_SHARED").is_ok_and(|v| v == "1");
    assert!(!required, "{test} needs the shared material, and {} has none", folder.display());
    println!("skipped: {test}");
    None
}

/// A list of listings: 24 prices of fresh garlic by as many sellers on three sites, around 2 EUR a kilogram.
pub fn garlic() -> String {
    let mut list =
        String::from("name,price,currency,url,seller,market,captured,condition,level,hs6,quantity,unit\n");
    for i in 0..24 {
        list.push_str(&format!(
            "Fresh garlic {i},{:.2},EUR,https://{}.example/{i},Seller {i},DE,2026-09-01,new,retail,070320,1,kg\n",
            2.0 * (0.8 + 0.02 * f64::from(i)),
            ["a", "b", "c"][i as usize % 3]
        ));
    }
    list
}

/// Interrupts the program, started with its standard error piped, once it has begun a file; gives what it says from
/// then on, read up to the line that tells of the signal, and that line.
#[cfg(unix)]
pub fn interrupted(child: &mut std::process::Child, begun: &Path) -> (impl std::io::BufRead + use<>, String) {
    use std::io::BufRead;
    // It listens for signals before it begins a file.
    while !begun.exists() {
        assert_eq!(child.try_wait().ok(), Some(None), "it ends before it begins a file");
        std::thread::yield_now();
    }
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(killed.is_ok_and(|status| status.success()), "no signal could be sent");
    let Some(stderr) = child.stderr.take() else { panic!("its standard error is not piped") };
    let mut said = std::io::BufReader::new(stderr);
    let mut line = String::new();
    while !line.contains("Ctrl-C") {
        line.clear();
        assert!(said.read_line(&mut line).is_ok_and(|n| n > 0), "it ends without a word");
    }
    (said, line)
}

/// A folder of its own with the program in it.
pub struct App {
    folder: TempDir,
}

/// What a run gave.
pub struct Ran {
    /// Exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl App {
    /// An empty folder.
    pub fn new() -> App {
        match TempDir::new() {
            Ok(folder) => App { folder },
            Err(e) => panic!("no temporary folder: {e}"),
        }
    }
    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
    /// Writes a file into the folder and gives its path.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        if let Some(parent) = path.parent() {
            let _ = std::fs::create_dir_all(parent);
        }
        match std::fs::write(&path, content) {
            Ok(()) => path,
            Err(e) => panic!("{}: {e}", path.display()),
        }
    }
    /// A command of the program, in the folder, with an empty environment of settings.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.current_dir(self.path()).args(args).env("NO_COLOR", "1");
        for name in
            ["TOUCHSTONE_DATA", "TOUCHSTONE_DATABASE", "TOUCHSTONE_LISTEN", "TOUCHSTONE_REFERENCE_CURRENCY"]
        {
            command.env_remove(name);
        }
        command
    }
    /// Runs the program to its end.
    pub fn run(&self, args: &[&str]) -> Ran {
        self.run_with_input(args, "")
    }
    /// Runs the program with a text on standard input.
    pub fn run_with_input(&self, args: &[&str], input: &str) -> Ran {
        let spawned =
            self.command(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = match spawned {
            Ok(child) => child,
            Err(e) => panic!("the binary cannot be run: {e}"),
        };
        // Written beside the reading, so that neither side waits for the other's full pipe.
        let stdin = child.stdin.take();
        let text = input.to_owned();
        let writer = std::thread::spawn(move || {
            if let Some(mut stdin) = stdin {
                let _ = stdin.write_all(text.as_bytes());
            }
        });
        let Output { status, stdout, stderr } = match child.wait_with_output() {
            Ok(output) => output,
            Err(e) => panic!("the binary did not end: {e}"),
        };
        let _ = writer.join();
        Ran {
            code: status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&stdout).into_owned(),
            err: String::from_utf8_lossy(&stderr).into_owned(),
        }
    }
}

impl Default for App {
    fn default() -> Self {
        App::new()
    }
}

impl Ran {
    /// Asserts success and gives the output.
    pub fn ok(self) -> String {
        assert_eq!(self.code, 0, "stdout: {}\nstderr: {}", self.out, self.err);
        self.out
    }
    /// The output as JSON.
    pub fn json(self) -> serde_json::Value {
        match serde_json::from_str(&self.out) {
            Ok(value) => value,
            Err(e) => panic!("no JSON ({e}): {}\nstderr: {}", self.out, self.err),
        }
    }
}

/// What a later version of the program would have left in the database.
pub const NEWER_VERSION: &str = "INSERT INTO schema_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'later', 1, x'00', 0)";
