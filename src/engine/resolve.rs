//! What a path stands for: a folder, the folders in it, or picked images of a folder. Nothing is opened.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::scan::is_meant;
use crate::core::queue::Resolution;
use crate::core::{Folder, Refusal, RefusalCode};
use crate::files;

/// How deep sub-folders are looked into.
const DEPTH_MAX: usize = 8;
/// Folders that one path may stand for.
const FOLDERS_MAX: usize = 1000;

/// For each of `paths` the folders that it stands for. Picked images of one folder stand for it once, at the first of them.
#[must_use]
pub fn resolve(paths: &[PathBuf], takes_images: bool, subfolders: bool) -> Vec<Vec<Resolution>> {
    let mut answers: Vec<Vec<Resolution>> = Vec::with_capacity(paths.len());
    let mut picked: Vec<(PathBuf, usize, BTreeSet<PathBuf>)> = Vec::new();
    for path in paths {
        match path.parent().zip(path.file_name()) {
            Some((_, name)) if takes_images && !is_meant(Path::new(name)) && path.is_file() => {
                let words = format!("BBDrop takes folders and images; this is neither: {}", path.display());
                answers.push(vec![Err(Refusal::new(RefusalCode::NotAFolder, words))]);
            }
            Some((parent, name)) if takes_images && path.is_file() => {
                if let Some((_, _, files)) = picked.iter_mut().find(|(folder, _, _)| folder == parent) {
                    files.insert(name.into());
                } else {
                    picked.push((parent.to_owned(), answers.len(), BTreeSet::from([name.into()])));
                }
                answers.push(Vec::new());
            }
            _ => {
                let found = folder(path).map(|folder| with_subfolders(folder, subfolders));
                answers.push(found.unwrap_or_else(|refusal| vec![Err(refusal)]));
            }
        }
    }
    for (parent, at, files) in picked {
        let resolution = folder(&parent).map(|folder| Folder { chosen: Some(Arc::new(files)), ..folder });
        if let Some(answer) = answers.get_mut(at) {
            answer.push(resolution);
        }
    }
    answers
}

/// The folder at `path`, or why there is none.
///
/// # Errors
/// `not-absolute`, `not-a-folder`: in words that name the path.
pub fn folder(path: &Path) -> Resolution {
    if !path.is_absolute() {
        let words = format!("Only absolute paths can be added. Path: {}", path.display());
        return Err(Refusal::new(RefusalCode::NotAbsolute, words));
    }
    // Without a trailing separator, `.` and the like: the folder's name can be shown, and a path at the system's limit opens.
    let path = path.components().collect::<PathBuf>();
    if let Some(why) = files::why_no_folder(&path) {
        return Err(Refusal::new(RefusalCode::NotAFolder, why));
    }
    // RAM disks, some network drives, and Wine for long paths cannot say where a folder really is.
    let key = std::fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
    let indirect = path.components().any(|part| part == Component::ParentDir);
    let path = if indirect { key.clone() } else { path };
    Ok(Folder { path, key, chosen: None })
}

/// The folder, and those below it that hold images. One without images of its own is left out when others are there.
fn with_subfolders(folder: Folder, subfolders: bool) -> Vec<Resolution> {
    if !subfolders {
        return vec![Ok(folder)];
    }
    let mut found = Vec::new();
    collect(&folder, 0, &mut found);
    if found.is_empty() { vec![Ok(folder)] } else { found.into_iter().map(Ok).collect() }
}

fn collect(folder: &Folder, depth: usize, found: &mut Vec<Folder>) {
    // A folder that cannot be listed says so when it is scanned.
    let Ok(entries) = std::fs::read_dir(&folder.path) else { return };
    let mut below = Vec::new();
    let mut has_images = false;
    for entry in entries.filter_map(Result::ok) {
        let name = entry.file_name();
        let is_hidden = name.to_string_lossy().starts_with('.');
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && !is_hidden => below.push(name),
            Ok(kind) if !kind.is_dir() => has_images |= is_meant(Path::new(&name)),
            _ => {}
        }
    }
    if has_images && found.len() < FOLDERS_MAX {
        found.push(folder.clone());
    }
    if depth == DEPTH_MAX {
        return;
    }
    below.sort();
    for name in below {
        if found.len() >= FOLDERS_MAX {
            return;
        }
        let (path, key) = (folder.path.join(&name), folder.key.join(&name));
        collect(&Folder { path, key, chosen: None }, depth + 1, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_told_from_everything_else() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("f");
        std::fs::write(&file, "x").expect("written");
        let code = |path: PathBuf| folder(&path).expect_err("refused").code;
        assert_eq!(code(PathBuf::from("relative")), RefusalCode::NotAbsolute);
        assert_eq!(code(dir.path().join("none")), RefusalCode::NotAFolder);
        assert_eq!(code(file), RefusalCode::NotAFolder);
        let folder = folder(&dir.path().join(".").join("")).expect("a folder");
        assert_eq!(folder.path, dir.path());
    }

    fn names(answer: &[Resolution]) -> Vec<String> {
        let name = |resolution: &Resolution| match resolution {
            Ok(folder) => folder.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            Err(refusal) => refusal.code.name().to_owned(),
        };
        answer.iter().map(name).collect()
    }

    #[test]
    fn sub_folders_with_images_are_galleries_of_their_own() {
        let dir = tempfile::tempdir().expect("a directory");
        let top = dir.path().join("top");
        for file in ["a/1.jpg", "a/deep/2.png", "b/notes.txt", ".hidden/3.jpg"] {
            std::fs::create_dir_all(top.join(file).parent().expect("a folder")).expect("made");
            std::fs::write(top.join(file), "x").expect("written");
        }
        let paths = [top.clone()];
        assert_eq!(names(&resolve(&paths, false, true)[0]), ["a", "deep"]);
        assert_eq!(names(&resolve(&paths, false, false)[0]), ["top"]);
        std::fs::write(top.join("0.gif"), "x").expect("written");
        assert_eq!(names(&resolve(&paths, false, true)[0]), ["top", "a", "deep"]);
        assert_eq!(names(&resolve(&[top.join("b")], false, true)[0]), ["b"]);
    }

    #[test]
    fn picked_images_of_one_folder_are_one_gallery() {
        let dir = tempfile::tempdir().expect("a directory");
        let files = ["1.jpg", "2.jpg"].map(|name| dir.path().join(name));
        for file in &files {
            std::fs::write(file, "x").expect("written");
        }
        let answers = resolve(&files, true, true);
        let chosen = answers[0][0].as_ref().expect("a folder").chosen.clone().expect("chosen");
        assert_eq!(chosen.iter().map(|file| file.to_string_lossy()).collect::<Vec<_>>(), ["1.jpg", "2.jpg"]);
        assert!(answers[1].is_empty());
        assert_eq!(names(&resolve(&files, false, true)[1]), ["not-a-folder"]);
        let text = dir.path().join("notes.txt");
        std::fs::write(&text, "x").expect("written");
        let answers = resolve(&[text, files[0].clone()], true, true);
        assert_eq!(names(&answers[0]), ["not-a-folder"]);
        assert_eq!(answers[1].len(), 1, "the images are taken all the same");
    }
}
