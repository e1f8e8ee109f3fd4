//! What is saved opens again, exactly; what is not ours is refused in words; a failure leaves everything as it was.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tasklane::analysis::report_run::ReportRun;
use tasklane::export::tasklane::{FORMAT, ReadError, VERSION, read};
use tasklane::export::{ExportError, Options};
use tasklane::lang::Lang;
use tasklane::model::{MODELS, ModelChoice};
use tasklane::scenario::draw::{self, Key};
use tasklane::scenario::{Spread, Step, Via, read as scenario_read};
use tasklane::store::open::{FileCause, OpenCause, Opened, open};
use tasklane::store::save::{SaveCause, save_bytes_atomically};
use tasklane::store::settings::{self, Loaded};
use tasklane::time::Nanos;
use tasklane::trace::{Cause, Core, Event, Peer, Resource, Run, State, Status, Task, Trace, Worker};

use crate::{contract, fixture};

fn saved(run: &Run) -> Vec<u8> {
    let mut bytes = Vec::new();
    FORMAT.write(&[ReportRun::alone(Arc::new(run.clone()))], &Options::default(), &mut bytes).unwrap();
    bytes
}

/// A run that uses whatever a saved run can hold.
fn rich_run() -> Run {
    let mut run = fixture::run("thread-pool", 3, 2);
    run.choice.set("workers", 2).unwrap();
    run.variant = Some("one".into());
    run.seed = u64::MAX;
    run.repeat = 4;
    run.status = Status::Cancelled;
    run.resources = vec!["pan".into(), "óven \"2\"".into()];
    run.account.cpu = None;
    run.load[0].others_busy = 0.1 + 0.2;
    let mut events: Vec<Event> = (0..run.trace.len()).map(|at| run.trace.event(at)).collect();
    events[2].peer = Peer::task(Task(2));
    events[2].resource = Resource(1);
    events[3].peer = Peer::worker(Worker(1));
    events[4].core = Core::NONE;
    events[5].worker = Worker::NONE;
    events[5].cause = Cause::Lock;
    events[0].time = Nanos(-3);
    run.trace = Trace::new(3, &events, run.trace.horizon());
    run
}

/// The same bytes with their checksum made right, so that what lies behind it is tested too.
fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bytes.len().saturating_sub(4));
    bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
    bytes
}

#[test]
fn a_saved_run_opens_exactly() {
    for run in [fixture::run("event-loop", 20, 3), fixture::run("sequential", 1, 1), rich_run()] {
        let again = read(&saved(&run)).unwrap();
        assert_eq!(again.trace, run.trace);
        assert_eq!(*again.scenario, *run.scenario);
        assert_eq!(format!("{again:?}"), format!("{run:?}"));
        assert_eq!(saved(&again), saved(&run), "and saves as the same bytes");
    }
}

#[test]
fn a_saved_run_is_small() {
    let run = fixture::run("thread-pool", 10_000, 100);
    let bytes = saved(&run).len();
    assert!(bytes < run.trace.len() * 12, "{bytes} bytes for {} events", run.trace.len());
}

#[test]
fn a_growing_run_is_not_saved() {
    let mut run = fixture::run("threads", 1, 1);
    run.status = Status::Growing;
    let runs = [ReportRun::alone(Arc::new(run))];
    let error = FORMAT.write(&runs, &Options::default(), &mut Vec::new()).unwrap_err();
    assert!(matches!(error, ExportError::NotOver));
}

#[test]
fn what_is_wrong_with_a_saved_run_is_said() {
    let good = saved(&fixture::run("threads", 2, 2));
    let check = |bytes: &[u8], expected: &str| assert_eq!(read(bytes).unwrap_err().to_string(), expected);
    check(
        b"",
        "this is not a run saved by Tasklane, or its beginning is damaged: copy this file again, or choose another .tasklane file",
    );
    check(
        b"PK\x03\x04 something else",
        "this is not a run saved by Tasklane, or its beginning is damaged: copy this file again, or choose another .tasklane file",
    );
    check(b"TASK", "the saved run is cut off: 4 of 12 bytes are there; copy or save it again");
    let (most, all) = (good.len() - 1, good.len());
    check(&good[..most], &format!("the saved run is cut off: {most} of {all} bytes are there; copy or save it again"));
    let mut newer = good.clone();
    newer[8..12].copy_from_slice(&(VERSION + 1).to_le_bytes());
    check(
        &newer,
        "the run was saved in format 2 by a newer Tasklane, this one reads up to format 1: update Tasklane to open it",
    );
    let mut flipped = good.clone();
    flipped[all / 2] ^= 4;
    check(&flipped, "the saved run is damaged (its checksum does not match); copy or save it again");
    let replaced = |from: &str, to: &str| {
        let at = good.windows(from.len()).position(|window| window == from.as_bytes()).unwrap();
        let mut bytes = good.clone();
        bytes[at..at + from.len()].copy_from_slice(to.as_bytes());
        sealed(bytes)
    };
    check(
        &replaced("\"model\":\"threads\"", "\"model\":\"thraeds\""),
        "the saved run is of the model `thraeds`, which is not available in this version",
    );
    check(&replaced("\"cores\":2", "\"cores\":0"), "the saved run is damaged: it holds an impossible value (cores)");
    check(
        &replaced("count = 2", "count = 3"),
        "the saved run is damaged: it holds an impossible value (number of tasks)",
    );
    assert!(matches!(read(&replaced("\"seed\":1", "\"sead\":1")), Err(ReadError::Header(_))));
    assert!(matches!(read(&replaced("cpu = ", "gpu = ")), Err(ReadError::Scenario(_))));
    // A state that does not exist: the columns begin with two counts and sixteen times.
    let columns = good.len() - 4 - columns_length(&good);
    let states = columns + after_numbers(&good[columns..], 2 + 16);
    let mut bytes = good.clone();
    bytes[states] = 200;
    check(&sealed(bytes), "the saved run is damaged: it holds an impossible value (state)");
    assert!(read(&good).is_ok());
}

fn columns_length(bytes: &[u8]) -> usize {
    let header = u32::from_le_bytes(bytes[12..16].try_into().unwrap()) as usize;
    let length = u64::from_le_bytes(bytes[16 + header..24 + header].try_into().unwrap());
    usize::try_from(length).unwrap()
}

/// The offset behind that many variable-length numbers.
fn after_numbers(bytes: &[u8], count: usize) -> usize {
    let ends = bytes.iter().enumerate().filter(|(_, byte)| **byte < 0x80);
    ends.map(|(at, _)| at + 1).nth(count - 1).unwrap()
}

/// Whatever is done to the bytes, reading them gives an error or a run that every exporter can take.
#[test]
fn no_bytes_make_it_panic() {
    let seed = 20_261;
    println!("seed {seed}");
    let good = saved(&rich_run());
    let mut accepted = 0;
    for round in 0..4_000 {
        let mut random = Random { seed, round, step: 0 };
        let mut bytes = good.clone();
        if random.below(4) == 0 {
            bytes.truncate(random.below(good.len() + 1));
        }
        for _ in 0..random.below(4) {
            if !bytes.is_empty() {
                let at = random.below(bytes.len());
                bytes[at] = u8::try_from(random.below(256)).unwrap();
            }
        }
        if random.below(4) > 0 && bytes.len() >= 4 {
            bytes = sealed(bytes);
        }
        let Ok(run) = read(&bytes) else { continue };
        accepted += 1;
        let runs = [ReportRun::alone(Arc::new(run))];
        for format in ["svg", "csv", "metrics", "json", "tasklane"] {
            let format = tasklane::export::find(format).unwrap();
            let written = format.write(&runs, &Options::default(), &mut Vec::new());
            assert!(written.is_ok(), "round {round} of seed {seed}: {}: {written:?}", format.id);
        }
    }
    assert!(accepted > 100, "only {accepted} altered files were still runs: the rest of the path was not tested");
}

/// Draws of the program's own generator, reproducible by (seed, round).
struct Random {
    seed: u64,
    round: u32,
    step: u64,
}

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.step += 1;
        let key = Key { seed: self.seed, group: 0, index: self.round, step: self.step };
        let drawn = draw::duration(&Spread::Uniform(Nanos::ZERO, Nanos::from_millis(1_000_000)), key);
        usize::try_from(drawn.0).unwrap() % bound
    }
}

#[test]
fn a_file_is_opened_by_what_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let run = fixture::run("threads", 2, 2);
    let text = tasklane::scenario::write::write(&run.scenario);
    let misnamed = open(&at("run.toml", &saved(&run))).unwrap();
    assert!(matches!(misnamed, Opened::Run(again) if again.trace == run.trace));
    match open(&at("my kitchen.txt", text.as_bytes())).unwrap() {
        Opened::Scenario { id, scenario } => {
            assert_eq!(id, "my kitchen");
            assert_eq!(*scenario, scenario_read::read("x", &text).unwrap());
        }
        Opened::Run(_) => panic!("a scenario is not a run"),
    }
    let cause = |path: &Path| open(path).unwrap_err().cause;
    assert!(matches!(cause(folder.path()), OpenCause::File(FileCause::IsFolder)));
    assert!(matches!(cause(&folder.path().join("none")), OpenCause::File(FileCause::Missing)));
    assert!(matches!(cause(&at("empty.toml", b"")), OpenCause::Empty));
    assert!(matches!(cause(&at("picture.png", b"\x89PNG\r\n\x1a\n\xff\xfe")), OpenCause::NotOurs));
    assert!(
        matches!(cause(Path::new("/dev/zero")), OpenCause::File(FileCause::NotAFile | FileCause::Missing)),
        "a device never ends"
    );
    let latin = open(&at("latin.toml", b"format = 1\ntitle = \"caf\xe9\"\n")).unwrap_err();
    assert!(matches!(latin.cause, OpenCause::NotUtf8 { line: 2, column: 13, byte: 0xE9 }), "{latin}");
    assert!(latin.to_string().ends_with("line 2, column 13 is not UTF-8 text (byte 0xE9): save the file as UTF-8"));
    let wrong = at("wrong.toml", b"format = 1\nmodles = []");
    let place = format!("--> {}:2:1", wrong.display());
    assert!(open(&wrong).unwrap_err().to_string().contains(&place), "the whole path is said");
    assert!(matches!(cause(&at("text.tasklane", b"hello")), OpenCause::Run(ReadError::NotOurs)));
    assert!(matches!(cause(&at("wrong.toml", b"format = 1\nmodles = []")), OpenCause::Scenario(_)));
    let error = open(&at("text.tasklane", b"hello")).unwrap_err();
    assert!(
        error.message(Lang::PtBr).ends_with("copie este arquivo de novo, ou escolha outro arquivo .tasklane"),
        "{error}"
    );
}

#[cfg(unix)]
#[test]
fn a_pipe_is_refused_before_anybody_waits_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe.toml");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert!(matches!(open(&pipe).unwrap_err().cause, OpenCause::File(FileCause::NotAFile)));
    let costs = tasklane::store::costs::open(&pipe).unwrap_err();
    assert!(costs.to_string().contains("a device or a pipe"), "{costs}");
}

#[test]
fn a_failed_save_leaves_everything_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.svg");
    fs::write(&path, "old").unwrap();
    let failed = save_bytes_atomically(&path, |out| {
        out.write_all(b"half of the new")?;
        Err(ExportError::NoRun)
    });
    assert!(matches!(failed.unwrap_err().cause, SaveCause::Export(ExportError::NoRun)));
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left behind");
    save_bytes_atomically(&path, |out| Ok(out.write_all(b"new")?)).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// The kernel's own "no space left on device", met in the middle of a save.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_message() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.svg");
    fs::write(&path, "old").unwrap();
    let error = save_bytes_atomically(&path, |out| {
        out.write_all(b"half of the new")?;
        let mut full = fs::OpenOptions::new().write(true).open("/dev/full")?;
        Ok(full.write_all(b"the rest")?)
    })
    .unwrap_err();
    assert!(matches!(error.cause, SaveCause::DiskFull));
    assert_eq!(
        error.to_string(),
        format!("{} was not saved: the disk is full: free some space or choose another disk", path.display())
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let error = save_bytes_atomically(Path::new("/dev/full"), |_| Ok(())).unwrap_err();
    assert!(matches!(error.cause, SaveCause::NotAFile), "a device is not replaced by a file: {error}");
}

#[test]
fn where_nothing_can_be_saved_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let cause = |path: &Path| save_bytes_atomically(path, |out| Ok(out.write_all(b"new")?)).unwrap_err().cause;
    assert!(matches!(cause(folder.path()), SaveCause::IsFolder));
    assert!(matches!(cause(&folder.path().join("none/run.svg")), SaveCause::NoFolder));
    assert!(matches!(cause(Path::new("")), SaveCause::NoFileName));
    let protected = folder.path().join("protected.svg");
    fs::write(&protected, "old").unwrap();
    let mut permissions = fs::metadata(&protected).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&protected, permissions).unwrap();
    assert!(matches!(cause(&protected), SaveCause::WriteProtected));
    assert_eq!(fs::read_to_string(&protected).unwrap(), "old");
}

/// In sysfs not even root may make files, so this holds whoever runs the tests.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_may_not_be_written_is_said() {
    let error = save_bytes_atomically(Path::new("/sys/kernel/run.svg"), |_| Ok(())).unwrap_err();
    assert!(matches!(error.cause, SaveCause::NotAllowed | SaveCause::ReadOnlyDisk), "{error:?}");
}

#[cfg(unix)]
#[test]
fn links_and_permissions_survive_a_save() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    let (target, link) = (folder.path().join("target"), folder.path().join("link"));
    fs::write(&target, "old").unwrap();
    fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
    symlink(&target, &link).unwrap();
    save_bytes_atomically(&link, |out| Ok(out.write_all(b"new")?)).unwrap();
    assert_eq!(fs::read_to_string(&target).unwrap(), "new");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o640);
}

#[cfg(unix)]
#[test]
fn a_link_to_nothing_yet_stays_a_link() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let (near, far) = (folder.path().join("near"), folder.path().join("far"));
    symlink("far", &near).unwrap();
    symlink("target", &far).unwrap();
    save_bytes_atomically(&near, |out| Ok(out.write_all(b"new")?)).unwrap();
    assert_eq!(fs::read_to_string(folder.path().join("target")).unwrap(), "new");
    assert!(fs::symlink_metadata(&far).unwrap().is_symlink());
    symlink("circle", folder.path().join("circle")).unwrap();
    save_bytes_atomically(&folder.path().join("circle"), |_| Ok(())).unwrap();
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    lang: Lang,
    recent: Vec<String>,
    last: Option<String>,
    predictions: BTreeMap<String, u32>,
}

#[test]
fn settings_come_back_and_broken_ones_are_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("made when needed");
    assert!(matches!(settings::load::<Kept>(&folder), Loaded::First));
    let kept = Kept {
        lang: Lang::PtBr,
        recent: vec!["a b.toml".into()],
        last: None,
        predictions: BTreeMap::from([("kitchen".into(), 2)]),
    };
    settings::save(&folder, &kept).unwrap();
    assert!(matches!(settings::load::<Kept>(&folder), Loaded::Found(again) if again == kept));

    let file = folder.join("settings.toml");
    fs::write(&file, "lang = \"pt-BR\"\nfrom_the_future = 1\n").unwrap();
    assert!(matches!(settings::load::<Kept>(&folder), Loaded::Found(again) if again.lang == Lang::PtBr));

    let names = ["settings.broken.toml", "settings.broken-2.toml", "settings.broken-3.toml"];
    for (broken, name) in ["lang = [", "lang = \"klingon\"", "\u{0}"].into_iter().zip(names) {
        fs::write(&file, broken).unwrap();
        let Loaded::Broken(report) = settings::load::<Kept>(&folder) else { panic!("{broken:?} was taken") };
        let aside = report.aside.clone().unwrap();
        assert_eq!(fs::read_to_string(&aside).unwrap(), broken);
        assert!(report.message(Lang::En).contains(name), "{report:?}");
        assert!(matches!(settings::load::<Kept>(&folder), Loaded::First));
    }
}

#[test]
fn settings_that_cannot_be_kept_are_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a file");
    fs::write(&file, "").unwrap();
    let error = settings::save(&file.join("sub"), &Kept::default()).unwrap_err();
    assert!(matches!(error.cause, SaveCause::NoFolder), "{error}");
}

#[test]
fn every_state_and_cause_can_be_saved() {
    let mut run = fixture::run("threads", 12, 1);
    let state = |task: usize| State::ALL[task];
    let events: Vec<Event> = (0..12)
        .flat_map(|task| {
            let number = Task(u32::try_from(task).unwrap());
            let causes = Cause::ALL.into_iter().map(move |cause| Event::new(number, State::Ready, cause));
            causes.chain([Event::new(number, state(task), Cause::None)])
        })
        .collect();
    run.trace = Trace::new(12, &events, Nanos::from_millis(1));
    run.account.main.clear();
    assert_eq!(read(&saved(&run)).unwrap().trace, run.trace);
}

/// What the recorder makes must be what a saved run may hold.
#[test]
fn a_measured_run_opens_exactly_under_every_model() {
    fixture::name_worker_program();
    for model in MODELS {
        let mut scenario = fixture::scenario(3);
        let io =
            Step::Io { time: Spread::Fixed(Nanos::from_millis(2)), via: Via::Timer, blocking: false, timeout: None };
        scenario.groups[0].steps = vec![
            fixture::cpu(Nanos::from_millis(2)),
            Step::Print("{name} & co".into()),
            io,
            Step::Fail("no more".into()),
        ];
        let live = contract::start_with(&scenario, ModelChoice::new(model), 1);
        let run = contract::wait_for(model.id, || live.is_gathered().then(|| live.snapshot()));
        let again = read(&saved(&run)).unwrap();
        assert!(!run.trace.is_empty());
        assert_eq!(format!("{again:?}"), format!("{run:?}"), "{}", model.id);
    }
}
