//! `bbdrop-cli`: the same program with a console, for terminals and scripts on Windows.

fn main() -> std::process::ExitCode {
    bbdrop::cli::main(bbdrop::cli::Face::Terminal)
}
