//! Forms with a file. They are no larger than what they are for, and nothing of them is read from who is not signed in.

use axum::extract::Request;
use axum::http::header;
use multer::Multipart;
use server::kernel::error::Error;
use server_fn::codec::MultipartData;

use crate::forms::{self, Fields};

/// Bytes of everything beside the file.
const FIELDS_BYTES: usize = 64 * 1024;

/// A file as it was sent: its name and its bytes; none where none was chosen.
pub type File = Option<(String, Vec<u8>)>;

/// The fields of a form and the file `file`, of at most so many bytes. Fields that came before a fault are kept: they say where the form
/// stands, so that the person is led back to it.
pub async fn read(data: MultipartData, most: usize) -> (Fields, Result<File, Error>) {
    if !forms::is_signed_in().await {
        return (Fields::default(), Err(Error::SignedOut));
    }
    let mut fields = Fields::default();
    let file = match data.into_inner() {
        Some(parts) => read_into(parts, most, &mut fields).await,
        None => Ok(None),
    };
    (fields, file)
}

/// The same of a form that is sent to a page and answered by it. Who may not send it is turned away before.
pub async fn of_request(request: Request, most: usize) -> (Fields, Result<File, Error>) {
    let mut fields = Fields::default();
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let Some(edge) = kind.and_then(|kind| multer::parse_boundary(kind).ok()) else {
        return (fields, Err(Error::field("file", "damaged")));
    };
    let parts = Multipart::new(request.into_body().into_data_stream(), edge);
    let file = read_into(parts, most, &mut fields).await;
    (fields, file)
}

async fn read_into(mut parts: Multipart<'static>, most: usize, fields: &mut Fields) -> Result<File, Error> {
    let damaged = |_| Error::field("file", "damaged");
    let (mut file, mut typed) = (None, 0);
    while let Some(mut part) = parts.next_field().await.map_err(damaged)? {
        let name = part.name().unwrap_or_default().to_owned();
        let filename = part.file_name().map(str::to_owned);
        let is_file = filename.is_some() && name == "file";
        let most = if is_file { most } else { FIELDS_BYTES };
        let mut bytes = Vec::new();
        while let Some(chunk) = part.chunk().await.map_err(damaged)? {
            if bytes.len() + chunk.len() > most {
                return Err(Error::TooLarge);
            }
            bytes.extend_from_slice(&chunk);
        }
        match filename {
            Some(filename) if is_file => {
                file = Some((filename, bytes)).filter(|(name, bytes)| !name.is_empty() && !bytes.is_empty());
            }
            _ => {
                typed += name.len() + bytes.len();
                if typed > FIELDS_BYTES {
                    return Err(Error::TooLarge);
                }
                fields.0.insert(name, String::from_utf8_lossy(&bytes).into_owned());
            }
        }
    }
    Ok(file)
}
