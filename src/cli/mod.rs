//! The command line: arguments to requests, responses to text and exit codes.

mod args;
mod exit;
mod local;
mod print;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;

use crate::app::{self, Started};
use crate::core::queue::Scope;
use crate::instance::{Action, Answered, Client, Entrance, Lock, NotAnswered, Ports, Request, Response, Verb};
use args::{Args, Config, Queue, Subcommand};
pub use args::{DATA_DIR, Renderer};
pub use exit::Exit;
pub use local::quit_on_signal;

/// What the program shows itself with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// A window; on Windows without a console.
    Window,
    /// A terminal.
    Terminal,
}

/// The program's story: read the arguments, hand over or do it here, end with the code of the user guide.
#[must_use]
pub fn main(face: Face) -> ExitCode {
    // What a file manager starts needs no grammar: setting that up would cost a tenth of a hand-over.
    let args = match app::only_folders() {
        Some((folders, data_dir)) => Args::of_folders(folders, data_dir),
        None => match Args::try_parse() {
            Ok(args) => args,
            Err(error) => return usage(&error),
        },
    };
    let exit = match app::data_dir(args.data_dir.clone()) {
        Ok(data_dir) => Cli { data_dir, args, face }.run(),
        Err(words) => app::complain(face, &words, Exit::DataDirectory),
    };
    exit.into()
}

fn usage(error: &clap::Error) -> ExitCode {
    let _ = error.print(); // Nobody is left to tell when the terminal is gone.
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::Done.into(),
        _ => Exit::Usage.into(),
    }
}

struct Cli {
    data_dir: PathBuf,
    args: Args,
    face: Face,
}

impl Cli {
    fn run(&self) -> Exit {
        if self.args.command.is_some() && self.args.has_launch_arguments() {
            let words = "Folders, --headless and --run-once do not go with a command. See `bbdrop --help`.";
            return app::complain(self.face, words, Exit::Usage);
        }
        match &self.args.command {
            None if self.args.run_once => self.run_once(),
            None => self.be_or_hand_over(),
            Some(Subcommand::Status { json }) => {
                let json = *json;
                self.request(Verb::Status, |request| request, |response| print::status(response, json))
            }
            Some(Subcommand::Queue { action }) => self.queue(action),
            Some(Subcommand::Output { id }) => {
                let id = *id;
                let ask = |request| Request { ids: Some(vec![id]), ..request };
                self.request(Verb::Output, ask, |response| print::text(&response.data))
            }
            Some(Subcommand::Config { action }) => self.config(action),
            Some(Subcommand::Quit) => self.quit(),
        }
    }

    /// `bbdrop [FOLDER…]`: the hot path. Nothing slow is touched before it is known who is the resident.
    fn be_or_hand_over(&self) -> Exit {
        let ports = match app::ports(&self.data_dir) {
            Ok(ports) => ports,
            Err(words) => return app::complain(self.face, &words, Exit::Usage),
        };
        let folders = absolute(&self.args.folders);
        match (Client { data_dir: &self.data_dir, ports: &ports }).enter(&folders) {
            Ok(Entrance::HandedOver(answers)) => self.tell(&answers, 0),
            Ok(Entrance::Left { answers, waiting }) => self.tell(&answers, waiting),
            Ok(Entrance::Resident(lock, folders)) => self.be_resident(lock, ports, folders),
            Err(error) => app::complain(self.face, &error.to_string(), Exit::DataDirectory),
        }
    }

    fn be_resident(&self, lock: Lock, ports: Ports, folders: Vec<PathBuf>) -> Exit {
        print::log_to_stderr(self.args.verbose);
        app::resident(Started {
            lock,
            data_dir: self.data_dir.clone(),
            ports,
            folders,
            window: (!self.args.headless).then_some(self.args.renderer),
            face: self.face,
        })
    }

    /// What the resident said, in words; refusals also where there is no terminal.
    fn tell(&self, answers: &[Answered], waiting: usize) -> Exit {
        let mut exit = Exit::Done;
        if !self.args.quiet {
            print::launch(answers, waiting);
        }
        for answer in answers {
            if let Answered::Refused(code, words) = answer {
                exit = app::complain(self.face, words, Exit::from(*code));
            }
        }
        exit
    }

    fn run_once(&self) -> Exit {
        let folders = absolute(&self.args.folders);
        let Some(folders) = folders.iter().map(|folder| folder.to_str().map(str::to_owned)).collect() else {
            return app::complain(
                self.face,
                "A folder's name is no Unicode; --run-once cannot take it.",
                Exit::NoFolder,
            );
        };
        let (json, stdout) = (self.args.json, self.args.output_to_stdout);
        let ask = |request| Request { folders, output_to_stdout: stdout, ..request };
        self.request(Verb::RunOnce, ask, |response| {
            if json { print::galleries(response, true) } else { print::text(&response.data) }
        })
    }

    fn queue(&self, queue: &Queue) -> Exit {
        let (action, selection, json) = match queue {
            Queue::List { state, json } => {
                let (state, json) = (*state, *json);
                let ask = |request| Request { state, ..request };
                return self.request(Verb::Queue, ask, |response| print::galleries(response, json));
            }
            Queue::Start(selected) => (Action::Start, selected.clone(), selected.json),
            Queue::Pause(selected) => (Action::Pause, selected.clone(), selected.json),
            Queue::Stop(selected) => (Action::Stop, selected.clone(), selected.json),
            Queue::Retry(selected) => (Action::Retry, selected.clone(), selected.json),
            Queue::Remove(selected) => (Action::Remove, selected.clone(), selected.json),
        };
        let ids = Some(selection.ids).filter(|ids| !ids.is_empty());
        let ask = |request| Request { action, ids, state: selection.state, ..request };
        self.request(Verb::Queue, ask, |response| {
            if json { print::galleries(response, true) } else { print::changed(action, response) }
        })
    }

    fn config(&self, config: &Config) -> Exit {
        match config.clone() {
            Config::List => self.request(Verb::Settings, |request| request, |response| print::settings(response, None)),
            Config::Get { key } => {
                let ask = |request| Request { key: key.clone(), ..request };
                self.request(Verb::Settings, ask, |response| print::settings(response, Some(&key)))
            }
            Config::Set { key, value } => {
                self.request(Verb::Configure, |request| Request { key, value, ..request }, |_| Ok(()))
            }
        }
    }

    fn quit(&self) -> Exit {
        let request = Request { command: Verb::Quit, ..Request::default() };
        match self.ask(request) {
            Ok(Ok(response)) => print::outcome(&response, |_| Ok(())),
            Ok(Err(_lock)) => app::complain(self.face, &NotAnswered::NoResident.to_string(), Exit::NoResident),
            Err(exit) => exit,
        }
    }

    /// Through the resident when there is one, otherwise here, under the lock.
    fn request(
        &self,
        command: Verb,
        ask: impl FnOnce(Request) -> Request,
        show: impl FnOnce(&Response) -> std::io::Result<()>,
    ) -> Exit {
        let request = ask(Request { command, ..Request::default() });
        match self.ask(request.clone()) {
            Ok(Ok(response)) => print::outcome(&response, show),
            Ok(Err(lock)) => {
                print::log_to_stderr(self.args.verbose);
                let scope = if command == Verb::RunOnce { Scope::Only(BTreeSet::new()) } else { Scope::Nothing };
                match local::answer(&self.data_dir, lock, request, scope, self.args.quiet) {
                    Ok(response) => print::outcome(&response, show),
                    Err(words) => app::complain(self.face, &words, Exit::DataDirectory),
                }
            }
            Err(exit) => exit,
        }
    }

    /// The resident's response, or the lock when there is none.
    fn ask(&self, request: Request) -> Result<Result<Response, Lock>, Exit> {
        let ports = app::ports(&self.data_dir).map_err(|words| app::complain(self.face, &words, Exit::Usage))?;
        let answered = Client { data_dir: &self.data_dir, ports: &ports }.ask(request);
        answered.map_err(|error| app::complain(self.face, &error.to_string(), Exit::DataDirectory))
    }
}

/// Against this process's working directory, as the resident has another one.
fn absolute(folders: &[PathBuf]) -> Vec<PathBuf> {
    folders.iter().map(|folder| std::path::absolute(folder).unwrap_or_else(|_| folder.clone())).collect()
}
