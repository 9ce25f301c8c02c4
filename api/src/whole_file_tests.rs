//! Files that appear when they are whole: what stands where before, after and instead.

use super::*;
use crate::failure::Exit;
use tempfile::TempDir;

fn folder() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("out.csv");
    (folder, file)
}

fn text(path: &Path) -> Option<String> {
    fs::read_to_string(path).ok()
}

fn names(folder: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_file_has_its_name_when_it_is_whole_and_not_before() {
    let (folder, out) = folder();
    let mut file = WholeFile::create(&out).unwrap();
    file.write_all(b"half").unwrap();
    assert_eq!(names(&folder), ["out.csv.partial"]);
    file.write_all(b" and half").unwrap();
    file.finish().unwrap();
    assert_eq!((names(&folder), text(&out).unwrap()), (vec!["out.csv".into()], "half and half".into()));
    // What is given up leaves what stood there, and nothing else.
    WholeFile::create(&out).unwrap().write_all(b"other").unwrap();
    assert_eq!((names(&folder), text(&out).unwrap()), (vec!["out.csv".into()], "half and half".into()));
    // What a killed run left does not get into the next file.
    fs::write(folder.path().join("out.csv.partial"), "what a killed run left").unwrap();
    write(&out, b"new").unwrap();
    assert_eq!((names(&folder), text(&out).unwrap()), (vec!["out.csv".into()], "new".into()));
}

#[test]
fn what_is_kept_can_be_gone_on_with() {
    let (folder, out) = folder();
    let mut file = WholeFile::create(&out).unwrap();
    file.write_all(b"safe, not safe").unwrap();
    file.keep();
    assert_eq!(file.settle().unwrap(), 14);
    drop(file);
    assert_eq!(names(&folder), ["out.csv.partial"]);
    let mut file = WholeFile::go_on(&out, 4).unwrap();
    file.write_all(b" and sound").unwrap();
    drop(file);
    assert_eq!(text(&partial_of(&out).unwrap().unwrap()).unwrap(), "safe and sound");
    WholeFile::go_on(&out, 14).unwrap().finish().unwrap();
    assert_eq!((names(&folder), text(&out).unwrap()), (vec!["out.csv".into()], "safe and sound".into()));
    // There is no more than there is.
    fs::write(folder.path().join("out.csv.partial"), "short").unwrap();
    assert_eq!(WholeFile::go_on(&out, 6).map(drop).unwrap_err().exit, Exit::Input);
}

#[test]
fn a_name_that_cannot_be_had_any_more_leaves_the_whole_file_beside() {
    let (folder, out) = folder();
    let mut file = WholeFile::create(&out).unwrap();
    file.write_all(b"all of it").unwrap();
    fs::create_dir_all(out.join("something")).unwrap();
    let failure = file.finish().unwrap_err();
    assert!(failure.hint.clone().unwrap().contains("out.csv.partial: rename it"), "{failure}");
    assert_eq!(text(&folder.path().join("out.csv.partial")).unwrap(), "all of it");
    // What is a folder from the beginning is told at the beginning.
    assert!(WholeFile::create(&out).is_err());
    let (folder, out) = self::folder();
    fs::create_dir(folder.path().join("out.csv.partial")).unwrap();
    let failure = WholeFile::create(&out).map(drop).unwrap_err();
    assert!(failure.message.contains("something else stands there"), "{failure}");
    let nowhere = folder.path().join("none/out.csv");
    assert_eq!(WholeFile::create(&nowhere).map(drop).unwrap_err().exit, Exit::Input);
}

#[cfg(unix)]
#[test]
fn two_runs_do_not_write_one_file() {
    let (folder, out) = folder();
    let first = WholeFile::create(&out).unwrap();
    for second in [WholeFile::create(&out), WholeFile::go_on(&out, 0)] {
        assert!(second.map(drop).unwrap_err().message.contains("another run is writing it"));
    }
    drop(first);
    write(&out, b"second").unwrap();
    assert_eq!((names(&folder), text(&out).unwrap()), (vec!["out.csv".into()], "second".into()));
}

#[cfg(unix)]
#[test]
fn who_may_read_it_and_the_links_to_it_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let (folder, out) = folder();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    // As every new file of this process is.
    fs::write(folder.path().join("any"), "").unwrap();
    write(&out, b"first").unwrap();
    assert_eq!(mode(&out), mode(&folder.path().join("any")));
    fs::set_permissions(&out, fs::Permissions::from_mode(0o600)).unwrap();
    let mut file = WholeFile::create(&out).unwrap();
    assert_eq!(mode(&partial_of(&out).unwrap().unwrap()), 0o600, "not while it is written either");
    file.write_all(b"second").unwrap();
    file.finish().unwrap();
    assert_eq!(mode(&out), 0o600);
    // A link goes on leading there, also one that led to nothing.
    for to in ["out.csv", "new.csv"] {
        let link = folder.path().join(format!("link to {to}"));
        symlink(to, &link).unwrap();
        write(&link, to.as_bytes()).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(text(&folder.path().join(to)).unwrap(), to);
    }
    let (one, other) = (folder.path().join("one"), folder.path().join("other"));
    symlink(&one, &other).unwrap();
    symlink(&other, &one).unwrap();
    assert!(WholeFile::create(&one).is_err());
}

#[cfg(unix)]
#[test]
fn devices_and_pipes_are_written_as_they_are() {
    use std::os::unix::fs::{FileTypeExt, symlink};
    let (folder, _) = folder();
    let null = folder.path().join("null.csv");
    symlink("/dev/null", &null).unwrap();
    for place in [null.as_path(), Path::new("/dev/null")] {
        let mut file = WholeFile::create(place).unwrap();
        assert!(partial_of(place).unwrap().is_none());
        file.write_all(b"gone").unwrap();
        assert_eq!(file.settle().unwrap(), 0);
        file.finish().unwrap();
        assert!(WholeFile::go_on(place, 0).is_err());
    }
    assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    // What a process has open is written through, whatever it is.
    assert_eq!(partial_of(Path::new("/dev/stdout")).unwrap(), None);
    let pipe = folder.path().join("pipe.csv");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    for said in ["", "through the pipe"] {
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || fs::read_to_string(pipe).unwrap()
        });
        // A pipe without words is ended, too.
        write(&pipe, said.as_bytes()).unwrap();
        assert_eq!(reader.join().unwrap(), said);
    }
    assert_eq!(names(&folder), ["null.csv", "pipe.csv"]);
}

#[test]
fn a_full_disk_is_told_as_one() {
    if !Path::new("/dev/full").exists() {
        println!("skipped: a_full_disk_is_told_as_one (no /dev/full here)");
        return;
    }
    let failure = write(Path::new("/dev/full"), b"x").unwrap_err();
    assert_eq!((failure.exit, failure.hint.unwrap().contains("kept")), (Exit::Machine, false));
}
