//! What imgtui reads in a Dockerfile, by what it says that a command would depend on.

use std::collections::BTreeMap;

use imgtui::{
    domain::{dockerfile::Kind, footprint::Ingredient, manifest::Manifest, record::EngineInfo},
    parse::dockerfile::{self, expand},
    why::{self, Inputs, rules::Rules},
};

use super::{asked::Settings, dockerfile::File};

/// What is in force where a command stands.
struct InForce {
    environment: BTreeMap<String, String>,
    arguments: BTreeMap<String, String>,
    folder: String,
}

/// What the image's settings should be; why they cannot be told.
pub(super) fn read(file: &File) -> Result<Settings, String> {
    let mut labels = BTreeMap::new();
    for (number, instruction) in file.instructions.iter().enumerate() {
        let before = file.up_to(number);
        let in_force = in_force(&before)?;
        let read = dockerfile::read(&format!("{before}{instruction}\n"));
        let read = read.map_err(|fault| fault.to_string())?;
        let last = read.stages[0].instructions.last();
        let Some(Kind::Label(pairs)) = last.map(|last| &last.kind) else {
            continue;
        };
        let lookup = |name: &str| {
            let variable = in_force.environment.get(name);
            variable.or_else(|| in_force.arguments.get(name)).cloned()
        };
        for (name, value) in pairs {
            let [name, value] = [name, value]
                .map(|word| expand(word, file.escape, &lookup).map_err(|fault| fault.to_string()));
            labels.insert(name?, value?);
        }
    }
    let InForce {
        environment,
        folder,
        ..
    } = in_force(&file.text())?;
    Ok(Settings {
        environment,
        labels,
        folder,
    })
}

/// What a command at the end would depend on. `BuildKit`'s commands depend on all that is in force.
fn in_force(text: &str) -> Result<InForce, String> {
    let text = format!("{text}RUN it\n");
    let dockerfile = dockerfile::read(&text).map_err(|fault| fault.to_string())?;
    let footprint = why::footprint(Inputs {
        rules: Rules::of(&EngineInfo {
            kind: "docker-buildkit".to_owned(),
            version: String::new(),
        }),
        dockerfile: &dockerfile,
        plan: &dockerfile::outline(&text),
        arguments: &BTreeMap::new(),
        labels: &BTreeMap::new(),
        manifest: &Manifest::default(),
        recipe: &|| None,
        store: "",
    });
    let mut found = InForce {
        environment: BTreeMap::new(),
        arguments: BTreeMap::new(),
        folder: "/".to_owned(),
    };
    let last = footprint.stages[0].steps.last();
    for ingredient in last.into_iter().flat_map(|step| &step.ingredients) {
        match ingredient {
            Ingredient::Environment { name, value } => {
                found.environment.insert(name.clone(), value.clone());
            }
            Ingredient::Argument {
                name,
                value: Some(value),
            } => {
                found.arguments.insert(name.clone(), value.clone());
            }
            Ingredient::Setting { keyword, value } if keyword == "WORKDIR" => {
                found.folder.clone_from(value);
            }
            _ => {}
        }
    }
    Ok(found)
}
