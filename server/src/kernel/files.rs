//! The file store: a folder, or a bucket that speaks S3. What lies in it is sealed before it comes here, so that who runs the store, or
//! steals a copy of it, reads nothing, and destroying an organisation's key shreds its files too.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use object_store::local::LocalFileSystem;
use object_store::path::Path as Name;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload, parse_url_opts};
use uuid::Uuid;

use super::error::{Error, Result};

/// Where files are kept.
#[derive(Clone, Debug)]
pub struct Files(Arc<dyn ObjectStore>);

fn failed(error: object_store::Error) -> Error {
    Error::Internal(format!("file store: {error}"))
}

impl Files {
    /// A folder, made where it is missing.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn in_folder(folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(|error| Error::Internal(format!("file store: {error}")))?;
        Ok(Self(Arc::new(LocalFileSystem::new_with_prefix(folder).map_err(failed)?.with_fsync(true))))
    }

    /// A bucket, `s3://bucket/prefix`; how it is reached comes from the environment (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
    /// `AWS_REGION`, `AWS_ENDPOINT`, …).
    ///
    /// # Errors
    /// An address that is none.
    pub fn at(address: &str) -> Result<Self> {
        let url = address.parse().map_err(|_| Error::Internal("file store: not an address".into()))?;
        let options = std::env::vars().filter(|(name, _)| name.starts_with("AWS_")).map(|(name, value)| (name.to_ascii_lowercase(), value));
        let (store, prefix) = parse_url_opts(&url, options).map_err(failed)?;
        Ok(Self(Arc::new(PrefixStore::new(store, prefix))))
    }

    /// Keeps a file under an organisation's and its own id. It is on the disk when this answers.
    ///
    /// # Errors
    /// The store's.
    pub async fn put(&self, tenant: Uuid, id: Uuid, sealed: Vec<u8>) -> Result<()> {
        self.0.put(&name(tenant, id), PutPayload::from(sealed)).await.map_err(failed)?;
        Ok(())
    }

    /// A file that was kept.
    ///
    /// # Errors
    /// The store's, also where there is none.
    pub async fn get(&self, tenant: Uuid, id: Uuid) -> Result<Vec<u8>> {
        let found = self.0.get(&name(tenant, id)).await.map_err(failed)?;
        Ok(found.bytes().await.map_err(failed)?.to_vec())
    }

    /// Whether a file is there.
    ///
    /// # Errors
    /// The store's.
    pub async fn has(&self, tenant: Uuid, id: Uuid) -> Result<bool> {
        match self.0.head(&name(tenant, id)).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(failed(error)),
        }
    }

    /// The organisations of which there are files.
    ///
    /// # Errors
    /// The store's.
    pub async fn organisations(&self) -> Result<Vec<Uuid>> {
        let found = self.0.list_with_delimiter(None).await.map_err(failed)?;
        Ok(found.common_prefixes.iter().filter_map(|folder| folder.filename()?.parse().ok()).collect())
    }

    /// The files of an organisation, each with the moment at which it was kept.
    ///
    /// # Errors
    /// The store's.
    pub async fn list(&self, tenant: Uuid) -> Result<Vec<(Uuid, DateTime<Utc>)>> {
        let found = self.0.list_with_delimiter(Some(&Name::from(tenant.to_string()))).await.map_err(failed)?;
        Ok(found.objects.iter().filter_map(|file| Some((file.location.filename()?.parse().ok()?, file.last_modified))).collect())
    }

    /// Forgets a file; one that is not there is forgotten.
    ///
    /// # Errors
    /// The store's.
    pub async fn forget(&self, tenant: Uuid, id: Uuid) -> Result<()> {
        match self.0.delete(&name(tenant, id)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }
}

/// Only ids make a name: nothing that somebody typed ever is part of a path.
fn name(tenant: Uuid, id: Uuid) -> Name {
    Name::from(format!("{tenant}/{id}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_kept_is_found_until_it_is_forgotten() {
        let folder = std::env::temp_dir().join(format!("kipimo-files-{}", Uuid::now_v7()));
        let files = Files::in_folder(&folder).unwrap();
        let (tenant, id) = (Uuid::now_v7(), Uuid::now_v7());
        assert!(files.get(tenant, id).await.is_err());
        files.put(tenant, id, b"sealed".to_vec()).await.unwrap();
        assert_eq!(files.get(tenant, id).await.unwrap(), b"sealed");
        assert!(files.has(tenant, id).await.unwrap() && !files.has(Uuid::now_v7(), id).await.unwrap());
        assert!(files.get(Uuid::now_v7(), id).await.is_err(), "it is the organisation's own");
        assert_eq!(files.organisations().await.unwrap(), [tenant]);
        let listed = files.list(tenant).await.unwrap();
        assert!(listed.len() == 1 && listed[0].0 == id && listed[0].1 <= Utc::now(), "{listed:?}");
        files.forget(tenant, id).await.unwrap();
        files.forget(tenant, id).await.unwrap();
        assert!(files.get(tenant, id).await.is_err());
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn addresses() {
        assert!(Files::at("s3://bucket/prefix").is_ok());
        for address in ["", "bucket", "ftp://bucket"] {
            assert!(Files::at(address).is_err(), "{address}");
        }
    }
}
