-- A donor reads a report: whose cookie it is, and that they look, by one statement; the disk; the report, in the portal's role under its
-- policies. What the server runs, in one round trip.
\startpipeline
select tenant_id, link_id, snapshot_id, allow_download from gate.look(sha256(convert_to(:visit, 'UTF8')), 'page', '/donor', gen_random_uuid(), true);
select gate.flush();
begin read only;
select set_config('role', 'kipimo_portal', true), set_config('app.ctx', :ctx, true);
select s.content, s.sha256, s.version, s.published_at, s.key_id, l.recipient_name, l.rolling_until, w.withdrawn_at, w.reason, n.version,
  n.published_at
from app.report_snapshot s join app.donor_link l on l.tenant_id = s.tenant_id and l.snapshot_id = s.id
left join app.report_withdrawal w on w.tenant_id = s.tenant_id and w.snapshot_id = s.id
left join lateral gate.newer_version() n on true
where s.id = :snapshot::uuid;
commit;
\endpipeline
