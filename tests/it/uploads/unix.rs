//! Kills beside a full and a slow drive.

use std::process::{Command, Stdio};
use std::time::Duration;

use super::{IMAGES, check_everything_arrived, check_repeats};
use crate::support::launch::Chance;
use crate::support::scripted::ScriptedHost;
use crate::support::unix::SmallDrive;
use crate::support::{Home, Resident, eventually, skipped, tenth_of};

#[test]
fn kills_while_the_drive_is_full_lose_nothing() {
    let home = Home::new();
    let Some(_drive) = SmallDrive::mount(&home, 16 * 1024 * 1024) else {
        return skipped("a small drive needs root and tmpfs");
    };
    let chance = Chance::from_environment("BBDROP_FULL_SEED");
    let host = ScriptedHost::start(&home, "scripted", Duration::from_millis(5));
    assert_eq!(home.run(&["config", "set", "uploads.disk_reserve", "0"]).code, 0);
    let kills = tenth_of(200);
    let albums = kills / 4;
    home.upload(&home.albums("album", albums, IMAGES), host.id);
    let filler = home.data().join("filler");
    for kill in 1..=kills {
        let mut resident = home.start(home.bbdrop(&["--headless"]).stdout(Stdio::null()).stderr(Stdio::null()));
        chance.moment(Duration::from_millis(100));
        // Fills the drive to the last byte; the error at the end is the point.
        let _ = std::fs::write(&filler, vec![0; 16 * 1024 * 1024]);
        chance.moment(Duration::from_millis(100));
        resident.kill();
        std::fs::remove_file(&filler).expect("removed");
        check_repeats(&host, kill);
    }
    let resident = home.resident(&[]);
    home.wait_until_settled(Duration::from_mins(2));
    assert_eq!(home.count("completed"), albums, "{:?}", home.list());
    assert_eq!(resident.quit(), 0);
    check_everything_arrived(&home, &host, albums * IMAGES as usize, kills);
}

/// A resident whose every wait for the disk takes 20 ms longer; `None` where tracing is not permitted.
fn slow_resident(home: &Home) -> Option<Resident<'_>> {
    let program = home.bbdrop(&["--headless"]);
    let mut tracer = Command::new("strace");
    tracer.args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync,fsync"]);
    tracer.args(["-e", "inject=fdatasync,fsync:delay_exit=20000"]);
    tracer.arg(program.get_program()).args(program.get_args());
    tracer.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    tracer.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").stdin(Stdio::null()).stdout(Stdio::null());
    let may = Command::new("strace").args(["-o", "/dev/null", "/bin/true"]).status();
    may.is_ok_and(|status| status.success()).then(|| home.start(&mut tracer))
}

#[test]
fn kills_with_a_slow_disk_lose_nothing() {
    let home = Home::new();
    let host = ScriptedHost::start(&home, "scripted", Duration::from_millis(5));
    // An album for each, of whose images it comes after a third.
    let kills = tenth_of(50);
    home.upload(&home.albums("album", kills, IMAGES), host.id);
    for kill in 1..=kills {
        let goal = (kill - 1) * IMAGES as usize + 10;
        let Some(mut tracer) = slow_resident(&home) else { return skipped("strace is not permitted") };
        eventually("some more images arrive", || {
            let done: Vec<usize> = home.query("SELECT sum(images_uploaded) FROM galleries");
            (done.first().is_some_and(|done| *done >= goal)).then_some(())
        });
        let pid = home.resident_file()["pid"].as_u64().expect("a number").to_string();
        assert!(Command::new("kill").args(["-9", &pid]).status().is_ok_and(|status| status.success()));
        tracer.wait();
        check_repeats(&host, kill);
    }
    let resident = home.resident(&[]);
    home.wait_until_settled(Duration::from_mins(1));
    assert_eq!(home.count("completed"), kills);
    assert_eq!(resident.quit(), 0);
    check_everything_arrived(&home, &host, kills * IMAGES as usize, kills);
}
