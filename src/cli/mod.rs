//! The command line: arguments to requests, responses to text and exit codes.

mod args;
mod exit;
mod hosts;
mod local;
mod print;
mod shell;
mod templates;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;

use crate::app::{self, Started};
use crate::core::printable::printable;
use crate::core::queue::Scope;
use crate::instance::{
    Action, Answered, Client, Entrance, Lock, NotAnswered, Ports, Request, Response, Verb, path_of_url, path_text,
};
use args::{Addition, Args, Config, Hosts, Queue, Selected, Subcommand, Tabs};
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
        None => match Args::try_parse_from(crate::platform::arguments()) {
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
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let _ = error.print(); // Nobody is left to tell when the terminal is gone.
            Exit::Done.into()
        }
        _ => {
            print::problems(&repeating_safely(error));
            Exit::Usage.into()
        }
    }
}

/// What is wrong with the arguments, which it repeats: so it is said of them as they are shown, each on one line.
fn repeating_safely(error: &clap::Error) -> String {
    let arguments = crate::platform::arguments().into_iter().map(|argument| argument.to_string_lossy().into_owned());
    match Args::try_parse_from(arguments.map(|argument| printable(&argument).into_owned())) {
        Err(error) => error.to_string(),
        Ok(_) => printable(&error.to_string()).into_owned(),
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
            Some(Subcommand::Output { id, template, json }) => {
                let (ids, with_data) = (Some(vec![*id]), *json);
                let template = template.clone().unwrap_or_default();
                let ask = |request| Request { template, ids, with_data, ..request };
                self.request(Verb::Output, ask, |response| print::output(response, with_data))
            }
            Some(Subcommand::Tabs { action }) => self.tabs(action),
            Some(Subcommand::Templates { action }) => templates::run(action, &self.data_dir),
            Some(Subcommand::Hosts { action }) => self.hosts(action),
            Some(Subcommand::Config { action }) => self.config(action),
            Some(Subcommand::Shell { action }) => shell::run(*action, self.face),
            Some(Subcommand::Import { from, json }) => self.import(from, *json),
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
        let Some(folders) = texts(&folders) else { return self.refuse_name() };
        let (json, stdout) = (self.args.json, self.args.output_to_stdout);
        let host = self.args.host.clone().unwrap_or_default();
        let name = self.args.name.clone().unwrap_or_default();
        let template = self.args.template.clone().unwrap_or_default();
        let ask = |request| Request { output_to_stdout: stdout, folders, host, template, name, ..request };
        self.request(Verb::RunOnce, ask, |response| {
            if json { print::galleries(response, true) } else { print::exact(&response.data) }
        })
    }

    fn queue(&self, queue: &Queue) -> Exit {
        let mut key = String::new();
        let (action, selected, value) = match queue {
            Queue::List { state, json } => {
                let (state, json) = (*state, *json);
                let ask = |request| Request { state, ..request };
                return self.request(Verb::Queue, ask, |response| print::galleries(response, json));
            }
            Queue::Show { id, json } => {
                let (ids, json) = (Some(vec![*id]), *json);
                return self.request(
                    Verb::Show,
                    |request| Request { ids, ..request },
                    |response| print::gallery(response, json),
                );
            }
            Queue::Add(addition) => return self.add(addition),
            Queue::Start(selected) => (Action::Start, selected.clone(), String::new()),
            Queue::Pause(selected) => (Action::Pause, selected.clone(), String::new()),
            Queue::Stop(selected) => (Action::Stop, selected.clone(), String::new()),
            Queue::Retry(selected) => (Action::Retry, selected.clone(), String::new()),
            Queue::Remove(selected) => (Action::Remove, selected.clone(), String::new()),
            Queue::Forget(selected) => (Action::Forget, selected.clone(), String::new()),
            Queue::Rescan(selected) => (Action::Rescan, selected.clone(), String::new()),
            Queue::Reset(selected) => (Action::Reset, selected.clone(), String::new()),
            Queue::Reuse(selected) => (Action::Reuse, selected.clone(), String::new()),
            Queue::Move { to, target, selected } => {
                let target = target.filter(|_| *to == args::To::Before).map(|id| format!(":{id}"));
                (Action::Move, selected.clone(), name_of(to) + &target.unwrap_or_default())
            }
            Queue::Priority { priority, selected } => (Action::Priority, selected.clone(), name_of(priority)),
            Queue::Host { host, selected } => (Action::Host, selected.clone(), host.clone()),
            Queue::Rename { id, name, json } => {
                (Action::Rename, Selected { ids: vec![*id], json: *json, ..Selected::default() }, name.clone())
            }
            Queue::Template { template, selected } => (Action::Template, selected.clone(), template.clone()),
            Queue::Render(selected) => (Action::Render, selected.clone(), String::new()),
            Queue::Field { field, value, selected } => {
                key.clone_from(field);
                (Action::Field, selected.clone(), value.clone())
            }
            Queue::Tab { tab, selected } => (Action::Tab, selected.clone(), tab.clone()),
            Queue::Relocate { id, folder, json } => {
                let Some(folder) = texts(&absolute(std::slice::from_ref(folder))).and_then(|mut texts| texts.pop())
                else {
                    return self.refuse_name();
                };
                let selected = Selected { ids: vec![*id], json: *json, ..Selected::default() };
                (Action::Relocate, selected, folder)
            }
        };
        let json = selected.json;
        let ids = Some(selected.ids).filter(|ids| !ids.is_empty());
        let ask = |request| Request { action, ids, state: selected.state, key, value, ..request };
        self.request(Verb::Queue, ask, |response| {
            if json { print::galleries(response, true) } else { print::changed(action, response) }
        })
    }

    fn add(&self, addition: &Addition) -> Exit {
        let Addition { paths, host, name, template, tab, start, json } = addition.clone();
        let Some(folders) = texts(&absolute(&paths)) else { return self.refuse_name() };
        let (host, name) = (host.unwrap_or_default(), name.unwrap_or_default());
        let (template, tab) = (template.unwrap_or_default(), tab.unwrap_or_default());
        let ask = |request| Request { folders, host, name, template, tab, start, takes_images: true, ..request };
        self.request(Verb::Add, ask, |response| print::galleries(response, json))
    }

    fn tabs(&self, tabs: &Tabs) -> Exit {
        let (action, tab, value) = match tabs.clone() {
            Tabs::List { json } => {
                return self.request(Verb::Tabs, |request| request, |response| print::tabs(response, json));
            }
            Tabs::Add { name } => (Action::Add, name, String::new()),
            Tabs::Rename { name, to } => (Action::Rename, name, to),
            Tabs::Remove { name, into } => (Action::Remove, name, into.unwrap_or_default()),
            Tabs::Move { name, place } => (Action::Move, name, place.to_string()),
        };
        let ask = |request| Request { tab, action, value, ..request };
        self.request(Verb::Tabs, ask, |response| match response.data.as_str() {
            "" => Ok(()),
            words => print::lines([words]),
        })
    }

    fn refuse_name(&self) -> Exit {
        app::complain(self.face, "A folder's name is no Unicode; this command cannot take it.", Exit::NoFolder)
    }

    fn hosts(&self, hosts: &Hosts) -> Exit {
        match hosts.clone() {
            Hosts::List { json } => {
                self.request(Verb::Hosts, |request| request, |response| print::hosts(response, json))
            }
            Hosts::Show { id, json } => {
                let ask = |request| Request { host: id, ..request };
                self.request(Verb::Hosts, ask, |response| print::host(response, json))
            }
            Hosts::Set { id, key, value } => {
                let ask = |request| Request { host: id, action: Action::Set, key, value, ..request };
                self.request(Verb::Hosts, ask, |_| Ok(()))
            }
            Hosts::Resume { id } => self.at_host(id, Action::Resume),
            Hosts::Check { files, json } => hosts::check(&files, json),
            Hosts::Import { file, yes, replace } => self.import_host(&file, yes, replace),
            Hosts::Add { id, kind } => self.add_storage(&id, kind),
            Hosts::Remove { id } => self.remove_host(&id),
            Hosts::SignIn { id } => self.sign_in(&id),
            Hosts::SignOut { id } => self.at_host(id, Action::SignOut),
            Hosts::Test { id, json } => {
                let ask = |request| Request { host: id, action: Action::Test, ..request };
                self.request(Verb::Hosts, ask, |response| print::tested(response, json))
            }
            Hosts::Reload => self.at_host(String::new(), Action::Reload),
        }
    }

    fn at_host(&self, host: String, action: Action) -> Exit {
        self.request(Verb::Hosts, |request| Request { host, action, ..request }, |_| Ok(()))
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

    fn import(&self, from: &Path, json: bool) -> Exit {
        let from = std::path::absolute(from).unwrap_or_else(|_| from.to_owned());
        let ask = |request| Request { value: path_text::write(&from), ..request };
        self.request(Verb::Import, ask, |response| print::import(response, json))
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

fn texts(paths: &[PathBuf]) -> Option<Vec<String>> {
    paths.iter().map(|path| path.to_str().map(str::to_owned)).collect()
}

fn name_of(value: &impl clap::ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

/// Against this process's working directory, as the resident has another one. Some file managers give URLs.
fn absolute(folders: &[PathBuf]) -> Vec<PathBuf> {
    let of_url = |folder: &PathBuf| path_of_url(folder.to_str()?);
    let absolute = |folder: &PathBuf| std::path::absolute(folder).unwrap_or_else(|_| folder.clone());
    folders.iter().map(|folder| of_url(folder).unwrap_or_else(|| absolute(folder))).collect()
}
