//! `bbdrop`: hands its folders to the running program, or is the running program.

#![cfg_attr(target_os = "windows", windows_subsystem = "windows")]

fn main() -> std::process::ExitCode {
    bbdrop::cli::main(bbdrop::cli::Face::Window)
}
