//! docker's answer to a build, message by message, in either builder's dialect → build events.

use bollard::{
    moby::buildkit::v1::StatusResponse,
    models::{BuildInfo, BuildInfoAux},
};

use super::Builder;
use crate::{
    domain::{
        event::{BuildEvent, StagePlan, StepKey},
        ids::ImageId,
    },
    engine::EngineError,
    parse::{
        buildkit::{BuildKitStream, Transfer, Vertex},
        classic::ClassicStream,
    },
};

/// Follows one build's answer.
#[derive(Debug)]
pub(super) struct Reading {
    dialect: Dialect,
    image: Option<ImageId>,
}

/// How a builder talks.
#[derive(Debug)]
enum Dialect {
    BuildKit(BuildKitStream),
    Classic(ClassicStream),
}

impl Reading {
    pub(super) fn new(builder: Builder, steps: Vec<StagePlan>) -> Self {
        let dialect = match builder {
            Builder::BuildKit => Dialect::BuildKit(BuildKitStream::new(steps)),
            Builder::Classic => Dialect::Classic(ClassicStream::new(steps)),
        };
        Self {
            dialect,
            image: None,
        }
    }

    /// Takes a message in; gives docker's words back if it says that the build failed.
    pub(super) fn take(&mut self, info: BuildInfo, made: &mut Vec<BuildEvent>) -> Option<String> {
        if let (Some(text), Dialect::Classic(stream)) = (&info.stream, &mut self.dialect) {
            stream.push(text, |event| made.push(event));
        }
        match (info.aux, &mut self.dialect) {
            // The classic builder names the image of every stage: the last one is the result.
            (Some(BuildInfoAux::Default(id)), _) => self.image = id.id.map(ImageId),
            (Some(BuildInfoAux::BuildKit(status)), Dialect::BuildKit(stream)) => {
                follow(stream, status, made);
            }
            _ => {}
        }
        info.error_detail.and_then(|detail| detail.message)
    }

    /// The end of an answer that told of no failure: the image, if it told of one.
    pub(super) fn built(&mut self, made: &mut Vec<BuildEvent>) -> Option<ImageId> {
        match &mut self.dialect {
            Dialect::BuildKit(stream) => stream.finish(|event| made.push(event)),
            Dialect::Classic(stream) => stream.finish(|event| made.push(event)),
        }
        let image = self.image.take()?;
        made.push(BuildEvent::ImageBuilt {
            image: image.clone(),
        });
        Some(image)
    }

    /// The end of a build that failed with this message.
    pub(super) fn failed(&mut self, message: &str, made: &mut Vec<BuildEvent>) -> EngineError {
        let failed = self.failed_step();
        match &mut self.dialect {
            // Told by the vertex that failed.
            Dialect::BuildKit(stream) => stream.finish(|event| made.push(event)),
            Dialect::Classic(stream) => {
                stream.flush(|event| made.push(event));
                let step = failed.as_ref().map(|(step, _)| *step);
                made.extend(step.map(|step| BuildEvent::StepFailed { step }));
            }
        }
        EngineError::from_docker_message(message, failed)
    }

    fn failed_step(&self) -> Option<(StepKey, String)> {
        let (step, instruction) = match &self.dialect {
            Dialect::BuildKit(stream) => stream.failed()?,
            Dialect::Classic(stream) => stream.failed()?,
        };
        Some((step, instruction.to_owned()))
    }
}

/// One report of BuildKit's.
fn follow(stream: &mut BuildKitStream, status: StatusResponse, made: &mut Vec<BuildEvent>) {
    let mut emit = |event| made.push(event);
    for vertex in status.vertexes {
        let vertex = Vertex {
            digest: vertex.digest,
            name: vertex.name,
            started: vertex.started.is_some(),
            completed: vertex.completed.is_some(),
            cached: vertex.cached,
            error: vertex.error,
        };
        stream.vertex(&vertex, &mut emit);
    }
    for transfer in status.statuses {
        let bytes = |count: i64| u64::try_from(count).unwrap_or_default();
        let transfer = Transfer {
            vertex: transfer.vertex,
            name: format!("{} {}", transfer.name, transfer.id)
                .trim()
                .to_owned(),
            current: bytes(transfer.current),
            total: bytes(transfer.total),
            completed: transfer.completed.is_some(),
        };
        stream.transfer(&transfer, &mut emit);
    }
    for log in status.logs {
        stream.output(&log.vertex, &log.msg, &mut emit);
    }
}

#[cfg(test)]
mod tests;
