//! The file of the program that an image starts: the stamps in it, and what it asks of the image.

use std::{collections::BTreeSet, io::Read};

use object::{
    Endianness,
    elf::{FileHeader32, FileHeader64},
    read::elf::{FileHeader, ProgramHeader},
};
use tokio::sync::mpsc;

use crate::{
    domain::{
        edit::{STAMP_DIGITS, STAMP_PREFIX, Stamp, find_stamp},
        start::Linkage,
    },
    engine::{ChunkReader, Engine, EngineError},
};

/// Links from the named program to its file that are followed.
const MOST_LINKS: usize = 8;
/// Different stamps that are remembered; a right program has one.
const MOST_STAMPS: usize = 64;
/// The beginning of a file, where its headers are.
const HEAD: usize = 64 * 1024;
const CHUNK: usize = 256 * 1024;

/// A program's file as it is in an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ProgramFile {
    /// Where it is, links followed.
    pub(super) path: String,
    /// Whether it is a program (ELF), not a script.
    pub(super) is_program: bool,
    /// The stamps in it.
    pub(super) stamps: BTreeSet<Stamp>,
    /// What it asks of the image.
    pub(super) linkage: Linkage,
}

/// The file of the program that the image starts, as a container of it has it.
pub(super) async fn look(
    engine: &dyn Engine,
    image: &str,
    container: &str,
) -> Result<Option<ProgramFile>, EngineError> {
    match engine.program(image).await? {
        Some(program) => look_at(engine, container, &program).await,
        None => Ok(None),
    }
}

/// The file of this program; `None` when the image does not have it.
pub(super) async fn look_at(
    engine: &dyn Engine,
    container: &str,
    program: &str,
) -> Result<Option<ProgramFile>, EngineError> {
    let mut path = program.to_owned();
    for _ in 0..MOST_LINKS {
        match read(engine, container, &path).await? {
            Some(Found::Link(target)) => path = follow(&path, &target),
            Some(Found::File(scanned)) => {
                let linkage = linkage(engine, container, scanned.interpreter).await?;
                return Ok(Some(ProgramFile {
                    path,
                    is_program: scanned.is_program,
                    stamps: scanned.stamps,
                    linkage,
                }));
            }
            None => return Ok(None),
        }
    }
    Ok(None)
}

async fn linkage(
    engine: &dyn Engine,
    container: &str,
    interpreter: Option<String>,
) -> Result<Linkage, EngineError> {
    let interpreter_is_there = match &interpreter {
        Some(path) => read(engine, container, path).await?.is_some(),
        None => false,
    };
    Ok(Linkage {
        interpreter,
        interpreter_is_there,
    })
}

enum Found {
    File(Scanned),
    Link(String),
}

#[derive(Default)]
struct Scanned {
    is_program: bool,
    stamps: BTreeSet<Stamp>,
    interpreter: Option<String>,
}

async fn read(
    engine: &dyn Engine,
    container: &str,
    path: &str,
) -> Result<Option<Found>, EngineError> {
    let (sender, receiver) = mpsc::channel(4);
    let reading = tokio::task::spawn_blocking(move || first_entry(ChunkReader::new(receiver)));
    match engine.copy_out(container, path, sender).await {
        Ok(()) => {}
        // The engine's answer for a file that is not there.
        Err(EngineError::Refused { .. }) => return Ok(None),
        Err(error) => return Err(error),
    }
    let broken = |reason: String| EngineError::Refused {
        doing: format!("reading {path} of an image"),
        reason,
    };
    let found = reading.await.map_err(|error| broken(error.to_string()))?;
    found.map_err(|error| broken(error.to_string()))
}

fn first_entry(reader: impl Read) -> std::io::Result<Option<Found>> {
    let mut archive = tar::Archive::new(reader);
    let Some(entry) = archive.entries()?.next() else {
        return Ok(None);
    };
    let mut entry = entry?;
    if entry.header().entry_type().is_symlink() {
        let target = entry.link_name_bytes().unwrap_or_default();
        let target = String::from_utf8_lossy(&target).into_owned();
        return Ok(Some(Found::Link(target)));
    }
    let scanned = scan(&mut entry)?;
    Ok(Some(Found::File(scanned)))
}

/// Reads a file once, a part at a time.
fn scan(reader: &mut impl Read) -> std::io::Result<Scanned> {
    const OVERLAP: usize = STAMP_PREFIX.len() + STAMP_DIGITS - 1;
    let mut scanned = Scanned::default();
    let mut window: Vec<u8> = Vec::with_capacity(CHUNK + OVERLAP);
    let mut is_first = true;
    loop {
        let kept = window.len().min(OVERLAP);
        window.drain(..window.len() - kept);
        let read = reader
            .by_ref()
            .take(CHUNK as u64)
            .read_to_end(&mut window)?;
        if is_first {
            let head = &window[..window.len().min(HEAD)];
            scanned.is_program = head.starts_with(b"\x7fELF");
            scanned.interpreter = interpreter(head);
            is_first = false;
        }
        collect_stamps(&window, &mut scanned.stamps);
        if read == 0 {
            return Ok(scanned);
        }
    }
}

fn collect_stamps(bytes: &[u8], stamps: &mut BTreeSet<Stamp>) {
    let mut rest = bytes;
    while let Some(place) = find_stamp(rest) {
        if stamps.len() < MOST_STAMPS {
            stamps.insert(place.stamp);
        }
        rest = &rest[place.offset..];
    }
}

/// `PT_INTERP` of a 64- or 32-bit program.
fn interpreter(head: &[u8]) -> Option<String> {
    interpreter_of::<FileHeader64<Endianness>>(head)
        .or_else(|| interpreter_of::<FileHeader32<Endianness>>(head))
}

fn interpreter_of<Header: FileHeader<Endian = Endianness>>(head: &[u8]) -> Option<String> {
    let header = Header::parse(head).ok()?;
    let endian = header.endian().ok()?;
    let mut segments = header.program_headers(endian, head).ok()?.iter();
    segments.find_map(|segment| {
        let path = segment.interpreter(endian, head).ok()??;
        Some(String::from_utf8_lossy(path).into_owned())
    })
}

/// The target of a link, seen from where the link is.
fn follow(link: &str, target: &str) -> String {
    if target.starts_with('/') {
        return target.to_owned();
    }
    let folder = link.rsplit_once('/').map_or("", |(folder, _)| folder);
    format!("{folder}/{target}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_found_across_the_parts_of_a_file() {
        let mut bytes = vec![b'x'; CHUNK - 5];
        bytes.extend_from_slice(b"imgtui:00000000000000aa");
        bytes.extend(vec![b'y'; 2 * CHUNK]);
        bytes.extend_from_slice(b"imgtui:00000000000000bb");
        let scanned = scan(&mut bytes.as_slice()).unwrap();
        assert_eq!(scanned.stamps, BTreeSet::from([Stamp(0xaa), Stamp(0xbb)]));
        assert!(!scanned.is_program);
        assert!(scan(&mut &b""[..]).unwrap().stamps.is_empty());
    }

    #[test]
    fn a_programs_loader_is_read_off_its_headers() {
        let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let scanned = scan(&mut own.as_slice()).unwrap();
        assert!(scanned.is_program);
        let loader = scanned.interpreter.unwrap();
        assert!(loader.starts_with("/lib"), "{loader}");
        assert_eq!(interpreter(b"\x7fELF\x02\x01\x01"), None);
        assert_eq!(interpreter(b"#!/bin/sh"), None);
    }

    #[test]
    fn links_lead_from_where_they_are() {
        assert_eq!(follow("/server", "/app/x"), "/app/x");
        assert_eq!(follow("/usr/bin/a", "b"), "/usr/bin/b");
        assert_eq!(follow("/a", "b"), "/b");
    }
}
