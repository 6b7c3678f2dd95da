//! Archives as hosts of releases and registries of crates give them out.

use flate2::{Compression, write::GzEncoder};

/// A `tar.gz` of programs and texts: path in it and content.
pub(crate) fn tar_gz(files: &[(&str, &[u8])]) -> anyhow::Result<Vec<u8>> {
    // Packed small it would take seconds, and it goes no further than this machine.
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::none()));
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(u64::try_from(content.len())?);
        header.set_mode(0o755);
        builder.append_data(&mut header, path, *content)?;
    }
    Ok(builder.into_inner()?.finish()?)
}
