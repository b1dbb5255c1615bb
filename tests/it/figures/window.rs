//! What a window costs: until its first frame with a long queue, and while nobody touches it.

use std::time::Duration;

use egui::accesskit::Role;

use super::RELEASE;
use crate::support::display::Program;
use crate::support::{Home, eventually};
use crate::window::{FIRST_FRAME, display, draws_nothing, open, text, wait_for_states};

/// In release builds; a debug build may take ten times as long for what wakes it.
const IDLE_CPU_MAX: Duration = Duration::from_millis(10);
const STARTS: usize = 5;
const FIRST_FRAME_MS_MAX: u128 = 300;
const MEMORY_MIB_MAX: u64 = 180;

#[test]
fn an_idle_window_draws_no_frames() {
    let Some(display) = display() else { return };
    let home = Home::new();
    let (program, window, _) = open(&display, &home, &["-vv"]);
    costs_nothing(&program, "empty window");
    let folder = home.pictures("Done", 3, 200);
    assert_eq!(display.launch(&home, &[text(&folder)]).code, 0);
    window.wait_for_row("Done", "Ready");
    window.click(Role::Button, "Start");
    wait_for_states(&home, &["completed"]);
    window.click(Role::Row, "Done");
    // News goes by itself, and that takes a frame.
    eventually("the news is gone", || {
        (!window.shows("1 gallery added") && !window.shows("“Done” is uploaded")).then_some(())
    });
    costs_nothing(&program, "window with a selected gallery");
    window.shot("idle");
}

fn costs_nothing(program: &Program, what: &str) {
    let used = draws_nothing(program, what);
    assert!(used < if RELEASE { IDLE_CPU_MAX } else { 10 * IDLE_CPU_MAX }, "{used:?}");
}

#[test]
fn a_long_queue_is_on_the_screen_at_once() {
    let Some(display) = display() else { return };
    let home = Home::new();
    home.store_many_galleries();
    let medians = ["glow", "wgpu"].map(|renderer| {
        let mut firsts: Vec<u128> = (0..STARTS)
            .map(|_| {
                let mut program = display.start_unwatched(&home, &["-v", "--renderer", renderer]);
                let first = program.wait_for_line(FIRST_FRAME).as_millis();
                assert_eq!(home.run(&["quit"]).code, 0);
                assert_eq!(program.wait().code(), Some(0), "{}", program.said());
                first
            })
            .collect();
        firsts.sort_unstable();
        let median = firsts[STARTS / 2];
        println!("figure: first frame with 10,000 galleries stored, {renderer} = {median} ms ({firsts:?})");
        let program = display.start_unwatched(&home, &["-v", "--renderer", renderer]);
        program.wait_for_line(FIRST_FRAME);
        program.wait_until_quiet();
        let memory = program.memory_mib();
        println!("figure: memory with 10,000 galleries stored, {renderer} = {memory} MiB");
        (renderer, median, memory)
    });
    let (program, window, _) = open(&display, &home, &["-v"]);
    window.shot("long-queue");
    let first = medians.iter().find(|(renderer, ..)| program.count(&format!("renderer: {renderer}")) == 1);
    let (renderer, median, memory) = first.expect("one of them goes first");
    println!("first in line: {renderer}");
    if RELEASE {
        assert!(*median <= FIRST_FRAME_MS_MAX, "{median} ms");
        assert!(*memory < MEMORY_MIB_MAX, "{memory} MiB");
    }
}
