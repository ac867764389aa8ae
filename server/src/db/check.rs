//! Whether the database is as safe as the server assumes. The server refuses to start where it is not.

use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;

use crate::kernel::error::Result;

/// Faults of the runtime login and of the tables' protection, a line each; empty if there is none.
///
/// # Errors
/// The database's.
pub async fn faults(options: &PgConnectOptions) -> Result<Vec<String>> {
    let mut conn = options.connect().await?;
    let mut faults = Vec::new();
    let role = sqlx::query!(
        r#"select r.rolname::text as "name!", r.rolsuper as "superuser!", r.rolbypassrls as "bypass!", r.rolinherit as "inherit!",
             exists(select from pg_roles g where (g.rolsuper or g.rolbypassrls) and g.rolname <> r.rolname
                    and pg_has_role(r.rolname, g.oid, 'member')) as "reaches_bypass!",
             exists(select from pg_class c join pg_namespace n on n.oid = c.relnamespace
                    where n.nspname in ('app', 'auth', 'audit', 'rl', 'gate') and c.relkind in ('r', 'p')
                      and pg_has_role(r.rolname, c.relowner, 'member')) as "owns!"
           from pg_roles r where r.rolname = current_user"#
    )
    .fetch_one(&mut conn)
    .await?;
    let name = role.name;
    if role.superuser {
        faults.push(format!("login {name} is a superuser: row-level security does not hold for it"));
    }
    if role.bypass {
        faults.push(format!("login {name} has BYPASSRLS: row-level security does not hold for it"));
    }
    if role.reaches_bypass {
        faults.push(format!("login {name} can become a role that row-level security does not hold for"));
    }
    if role.owns {
        faults.push(format!("login {name} owns tables, or is a member of their owner"));
    }
    if role.inherit {
        faults.push(format!("login {name} inherits its roles' rights: it must be NOINHERIT"));
    }
    let open = sqlx::query_scalar!(
        r#"select n.nspname || '.' || c.relname as "table!"
           from pg_class c join pg_namespace n on n.oid = c.relnamespace
           where n.nspname in ('app', 'audit') and c.relkind in ('r', 'p') and not (c.relrowsecurity and c.relforcerowsecurity)
           order by 1"#
    )
    .fetch_all(&mut conn)
    .await?;
    faults.extend(open.into_iter().map(|table| format!("table {table} has no forced row-level security")));
    let unfloored = sqlx::query_scalar!(
        r#"select n.nspname || '.' || c.relname as "table!"
           from pg_class c join pg_namespace n on n.oid = c.relnamespace
           where n.nspname in ('app', 'audit') and c.relkind in ('r', 'p') and not exists (
             select from pg_policy p where p.polrelid = c.oid and p.polname = 't_floor' and not p.polpermissive and p.polcmd = '*'
               and p.polroles = '{0}' and pg_get_expr(p.polqual, c.oid) = '(tenant_id = ( SELECT app.tenant() AS tenant))'
               and pg_get_expr(p.polwithcheck, c.oid) = '(tenant_id = ( SELECT app.tenant() AS tenant))')
           order by 1"#
    )
    .fetch_all(&mut conn)
    .await?;
    faults.extend(unfloored.into_iter().map(|table| format!("table {table} lacks the policy that keeps organisations apart")));
    let unscoped = sqlx::query_scalar!(
        r#"select n.nspname || '.' || c.relname as "table!"
           from pg_class c join pg_namespace n on n.oid = c.relnamespace
           where c.relkind in ('r', 'p') and n.nspname in ('app', 'audit')
             and (c.relname in ('project', 'programme', 'membership', 'import_issue', 'donor_visit', 'donor_link_access', 'donor_knock')
               or exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'project_id' and not a.attisdropped))
             and not exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 't_programme' and not p.polpermissive
               and p.polcmd = '*' and p.polroles = array['kipimo_tenant'::regrole::oid] and p.polqual is not null and p.polwithcheck is not null)
           order by 1"#
    )
    .fetch_all(&mut conn)
    .await?;
    faults.extend(unscoped.into_iter().map(|table| format!("table {table} lacks the policy that keeps people to their programmes")));
    let unwatched = sqlx::query_scalar!(
        r#"select c.relname::text as "table!"
           from pg_class c join pg_namespace n on n.oid = c.relnamespace
           where n.nspname = 'app' and c.relkind in ('r', 'p')
             and c.relname not in ('period_rollup', 'period_breakdown', 'published_figure', 'published_group', 'published_place', 'job_progress')
             and (select count(*) from pg_trigger t where t.tgrelid = c.oid and t.tgname like 'watch\_%' and t.tgenabled = 'O') <> 3
           order by 1"#
    )
    .fetch_all(&mut conn)
    .await?;
    faults.extend(unwatched.into_iter().map(|table| format!("table app.{table} is not watched by the audit log")));
    let half_watched = sqlx::query_scalar!(
        r#"select distinct c.relname::text as "table!" from pg_trigger t join pg_class c on c.oid = t.tgrelid
           where t.tgname like 'watch\_%' and obj_description(t.tgfoid) is distinct from gate.columns_of(t.tgrelid) order by 1"#
    )
    .fetch_all(&mut conn)
    .await?;
    faults.extend(
        half_watched.into_iter().map(|table| format!("the audit log does not know the columns of app.{table}: run `kipimo migrate`")),
    );
    Ok(faults)
}
