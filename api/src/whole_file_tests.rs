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
    let gone_on = |safe| WholeFile::hold(&out).and_then(|file| file.go_on(safe).map(|()| file));
    let mut file = gone_on(4).unwrap();
    file.write_all(b" and sound").unwrap();
    drop(file);
    assert_eq!(text(&partial_of(&out).unwrap().unwrap()).unwrap(), "safe and sound");
    gone_on(14).unwrap().finish().unwrap();
    assert_eq!((names(&folder), text(&out).unwrap()), (vec!["out.csv".into()], "safe and sound".into()));
    // There is no more than there is.
    fs::write(folder.path().join("out.csv.partial"), "short").unwrap();
    assert_eq!(gone_on(6).map(drop).unwrap_err().exit, Exit::Input);
    assert_eq!(text(&partial_of(&out).unwrap().unwrap()).unwrap(), "short");
}

#[test]
fn a_name_that_cannot_be_had_any_more_leaves_the_whole_file_beside() {
    let (folder, out) = folder();
    let mut file = WholeFile::create(&out).unwrap();
    file.write_all(b"all of it").unwrap();
    fs::create_dir_all(out.join("something")).unwrap();
    let failure = file.finish().unwrap_err();
    assert!(failure.hint.clone().unwrap().contains("out.csv.partial: rename it or copy it"), "{failure}");
    assert_eq!(text(&folder.path().join("out.csv.partial")).unwrap(), "all of it");
    // What is a folder from the beginning is told at the beginning.
    let failure = WholeFile::create(&out).map(drop).unwrap_err();
    assert_eq!((failure.exit, failure.hint.unwrap().as_str()), (Exit::Input, "name a file in it"));
    assert_eq!(WholeFile::create(Path::new("/")).map(drop).unwrap_err().exit, Exit::Input);
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
    for second in [WholeFile::create(&out), WholeFile::hold(&out)] {
        assert!(second.map(drop).unwrap_err().message.contains("another run is writing it"));
    }
    drop(first);
    write(&out, b"second").unwrap();
    assert_eq!((names(&folder), text(&out).unwrap()), (vec!["out.csv".into()], "second".into()));
}

#[cfg(unix)]
#[test]
fn of_runs_at_the_same_time_whole_files_come() {
    let (folder, out) = folder();
    let texts = ["a", "b", "c", "d"].map(|letter| letter.repeat(100_000));
    std::thread::scope(|scope| {
        for said in &texts {
            scope.spawn(|| {
                for _ in 0..100 {
                    match WholeFile::create(&out) {
                        Ok(mut file) => {
                            file.write_all(said.as_bytes()).unwrap();
                            file.finish_unforced().unwrap();
                        }
                        Err(e) => assert!(e.message.contains("another run is writing it"), "{e}"),
                    }
                }
            });
        }
    });
    assert_eq!(names(&folder), ["out.csv"]);
    assert!(texts.contains(&text(&out).unwrap()));
}

#[cfg(unix)]
#[test]
fn who_reads_what_stood_there_reads_it_to_its_end() {
    use std::io::Read;
    let (folder, out) = folder();
    let other = folder.path().join("other name");
    for finish in [WholeFile::finish, WholeFile::finish_unforced] {
        fs::write(&out, "old").unwrap();
        // Another name of the same file.
        fs::hard_link(&out, &other).unwrap();
        let (mut reader, mut read) = (File::open(&out).unwrap(), String::new());
        let mut file = WholeFile::create(&out).unwrap();
        file.write_all(b"new").unwrap();
        finish(file).unwrap();
        reader.read_to_string(&mut read).unwrap();
        assert_eq!(
            (read, text(&other).unwrap(), text(&out).unwrap()),
            ("old".into(), "old".into(), "new".into())
        );
        fs::remove_file(&other).unwrap();
        assert_eq!(names(&folder), ["out.csv"]);
    }
}

#[test]
fn what_nobody_may_write_over_stays() {
    let (folder, out) = folder();
    fs::write(&out, "read only").unwrap();
    let mut only_read = fs::metadata(&out).unwrap().permissions();
    only_read.set_readonly(true);
    fs::set_permissions(&out, only_read).unwrap();
    if OpenOptions::new().write(true).open(&out).is_ok() {
        println!("skipped: what_nobody_may_write_over_stays (this user may write everything)");
        return;
    }
    assert_eq!(WholeFile::create(&out).map(drop).unwrap_err().exit, Exit::Machine);
    assert_eq!((names(&folder), text(&out).unwrap()), (vec!["out.csv".into()], "read only".into()));
}

#[cfg(unix)]
#[test]
fn what_another_run_left_and_this_user_may_not_write_is_told_as_that() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, out) = folder();
    let partial = partial_of(&out).unwrap().unwrap();
    fs::write(&partial, "half").unwrap();
    fs::set_permissions(&partial, fs::Permissions::from_mode(0o444)).unwrap();
    if OpenOptions::new().write(true).open(&partial).is_ok() {
        println!(
            "skipped: what_another_run_left_and_this_user_may_not_write_is_told_as_that (this user may \
             write everything)"
        );
        return;
    }
    let failure = WholeFile::create(&out).map(drop).unwrap_err();
    assert_eq!((failure.exit, text(&partial).as_deref()), (Exit::Machine, Some("half")));
    let hint = failure.hint.unwrap();
    assert!(hint.starts_with("it is there from before") && hint.ends_with("remove it"), "{hint}");
    // Where nothing is there it is the folder.
    fs::remove_file(&partial).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let hint = WholeFile::create(&out).map(drop).unwrap_err().hint.unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    assert!(hint.ends_with("its folder must be writable"), "{hint}");
}

// That a name is refused in truth (a file mounted on its own: busy; another owner's file in a folder where
// everybody keeps their own: not permitted) takes a second user or the right to mount: not tested here.
#[test]
fn a_name_that_is_refused_is_written_over() {
    let refused = |kind: ErrorKind| {
        move |_: &File, path: TempPath, _: &Path| {
            Err(NotNamed::Whole(PathPersistError { error: kind.into(), path }))
        }
    };
    for kind in [ErrorKind::PermissionDenied, ErrorKind::ResourceBusy, ErrorKind::CrossesDevices] {
        let (folder, out) = folder();
        for (before, keep) in [(Some("what stood there was longer"), false), (None, false), (Some(""), true)]
        {
            match before {
                Some(before) => fs::write(&out, before).unwrap(),
                None => fs::remove_file(&out).unwrap(),
            }
            // It is the same file: its other names say the same.
            let other = before.map(|_| folder.path().join("other name"));
            other.iter().for_each(|other| fs::hard_link(&out, other).unwrap());
            let mut file = WholeFile::create(&out).unwrap();
            file.write_all(b"new").unwrap();
            if keep {
                file.keep();
            }
            file.named(refused(kind)).unwrap();
            if let Some(other) = other {
                assert_eq!(text(&other).unwrap(), "new");
                fs::remove_file(other).unwrap();
            }
            assert_eq!((names(&folder), text(&out).unwrap()), (vec!["out.csv".into()], "new".into()));
        }
    }
    // What cannot be written over stays beside, as does what was refused for another reason.
    for (kind, folder_there) in [(ErrorKind::ResourceBusy, true), (ErrorKind::StorageFull, false)] {
        let (folder, out) = folder();
        let mut file = WholeFile::create(&out).unwrap();
        file.write_all(b"new").unwrap();
        if folder_there {
            fs::create_dir(&out).unwrap();
        }
        let failure = file.named(refused(kind)).unwrap_err();
        assert!(failure.hint.clone().unwrap().contains("out.csv.partial: rename it or copy it"), "{failure}");
        assert_eq!(text(&folder.path().join("out.csv.partial")).unwrap(), "new");
        assert_eq!(out.exists(), folder_there);
    }
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
    // Beside what it leads to, not beside itself.
    let elsewhere = folder.path().join("elsewhere");
    let (link, led_to) = (folder.path().join("link"), elsewhere.join("far.csv"));
    symlink("elsewhere/far.csv", &link).unwrap();
    // Its folder is not there yet: nothing is made.
    assert_eq!(WholeFile::create(&link).map(drop).unwrap_err().exit, Exit::Input);
    fs::create_dir(&elsewhere).unwrap();
    let mut file = WholeFile::create(&link).unwrap();
    assert!(partial_of(&link).unwrap().unwrap().is_file() && elsewhere.join("far.csv.partial").is_file());
    file.write_all(b"far").unwrap();
    file.finish().unwrap();
    assert_eq!((text(&led_to).unwrap(), fs::read_dir(&elsewhere).unwrap().count()), ("far".into(), 1));
    let to_folder = folder.path().join("link to a folder");
    symlink("elsewhere", &to_folder).unwrap();
    assert_eq!(WholeFile::create(&to_folder).map(drop).unwrap_err().exit, Exit::Input);
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
        assert!(WholeFile::hold(place).unwrap().go_on(0).is_err());
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

#[cfg(unix)]
#[test]
fn what_a_process_has_open_is_written_on_and_not_cut() {
    use std::os::fd::AsRawFd;
    let (folder, out) = folder();
    let mut open = File::create(&out).unwrap();
    open.write_all(b"before, ").unwrap();
    write(Path::new(&format!("/dev/fd/{}", open.as_raw_fd())), b"behind").unwrap();
    assert_eq!((names(&folder), text(&out).unwrap()), (vec!["out.csv".into()], "before, behind".into()));
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
