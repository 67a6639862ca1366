using System.Text;

namespace Kilometers.RedactionBench.Corpus;

/// <summary>
/// 200 forms as a backend engineer of a European company meets them, in the proportion of an audit. The author had seen neither a rule nor another form.
/// No rule was ever made from them: do not tune to these; write new ones, and compare them.
/// </summary>
internal static class Blind1
{
    private const string Base32 = Values.Upper + "234567";
    private const string Base64Digits = Values.AlphaNumeric + "+/";
    private const string Bech32Upper = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L";
    private const string Base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    private const string LowerDigits = Values.Lower + Values.Digits;
    private const string UpperDigits = Values.Upper + Values.Digits;

    private static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static string EncodeUrl(string text) => Encode(text).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static string Percent(string text) => Uri.EscapeDataString(text);

    private static string Quoted(string text) => "\"" + text.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n") + "\"";

    private static string Lines(string text, int width) => string.Join('\n', text.Chunk(width).Select(static line => new string(line)));

    private static string Pem(Values v, string label, string start, int length, string end = "") =>
        "-----BEGIN "
        + label
        + "-----\n"
        + Lines(start + v.Of(Base64Digits, length - start.Length - end.Length) + end, 64)
        + "\n-----END "
        + label
        + "-----\n";

    public static readonly (string Form, Func<Values, string, string> Make)[] Settings = [(".env database block", static (v, s) => $$"""
                APP_ENV=production
                APP_DEBUG=false
                DB_HOST=db-01.internal
                DB_PORT=5432
                DB_NAME=invoices
                DB_USER=invoices_app
                DB_PASSWORD={{s}}
                LOG_LEVEL=info
                """), ("export in .bashrc, double quoted", static (v, s) =>
            $$"""export DEEPL_API_KEY="{{s}}" """.TrimEnd()
        ), ("Dockerfile ENV", static (v, s) => $$"""
                FROM eclipse-temurin:21-jre
                WORKDIR /app
                COPY target/billing.jar app.jar
                ENV JAVA_OPTS="-Xmx512m"
                ENV KEYSTORE_PASSWORD={{s}}
                EXPOSE 8080
                ENTRYPOINT ["java", "-jar", "app.jar"]
                """), ("Dockerfile ARG default", static (v, s) => $$"""
                FROM python:3.12-slim
                ARG PIP_INDEX_USER=ci-reader
                ARG PIP_INDEX_PASSWORD={{s}}
                RUN pip install --no-cache-dir -r requirements.txt
                """), ("compose environment mapping", static (v, s) => $$"""
                services:
                  db:
                    image: postgres:16
                    restart: unless-stopped
                    environment:
                      POSTGRES_DB: shop
                      POSTGRES_USER: shop
                      POSTGRES_PASSWORD: "{{s}}"
                    volumes:
                      - pgdata:/var/lib/postgresql/data
                """), ("compose environment list", static (v, s) => $$"""
                services:
                  mariadb:
                    image: mariadb:11
                    environment:
                      - MARIADB_DATABASE=nextcloud
                      - MARIADB_USER=nextcloud
                      - MARIADB_ROOT_PASSWORD={{s}}
                      - TZ=Europe/Vienna
                """), ("systemd Environment", static (v, s) => $$"""
                [Service]
                User=exporter
                Environment="DATA_SOURCE_USER=exporter"
                Environment="DATA_SOURCE_PASS={{s}}"
                ExecStart=/usr/local/bin/postgres_exporter
                Restart=on-failure
                """), ("printenv output", static (v, s) => $$"""
                HOSTNAME=billing-7d9f6c5b8-{{v.Of(Values.Lower, 5)}}
                PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin
                LANG=C.UTF-8
                KUBERNETES_SERVICE_HOST=10.96.0.1
                KAFKA_SASL_USERNAME=billing
                KAFKA_SASL_PASSWORD={{s}}
                HOME=/root
                """), ("PowerShell $env", static (v, s) =>
            $$"""$env:ARM_CLIENT_SECRET = "{{s}}" """.TrimEnd()
        ), ("cmd set", static (v, s) => $$"""
                @echo off
                set SVN_USER=build
                set SVN_PASSWORD={{s}}
                call build.bat release
                """), ("setx", static (v, s) =>
            $$"""setx NUGET_API_KEY "{{s}}" /M"""
        ), ("Spring properties datasource", static (v, s) => $$"""
                server.port=8081
                spring.datasource.url=jdbc:postgresql://pg.internal:5432/orders
                spring.datasource.username=orders
                spring.datasource.password={{s}}
                spring.jpa.hibernate.ddl-auto=validate
                """), ("Java system property", static (v, s) =>
            $$"""java -Djavax.net.ssl.keyStore=/etc/pki/gateway.p12 -Djavax.net.ssl.keyStorePassword={{s}} -Xmx1g -jar gateway.jar"""
        ), ("GitLab CI variables", static (v, s) => $$"""
                variables:
                  MAVEN_OPTS: "-Dmaven.repo.local=.m2/repository"
                  NEXUS_USERNAME: gitlab-ci
                  NEXUS_PASSWORD: "{{s}}"

                build:
                  stage: build
                  script:
                    - mvn -s ci-settings.xml deploy
                """), ("GitHub Actions env", static (v, s) => $$"""
                jobs:
                  e2e:
                    runs-on: ubuntu-latest
                    env:
                      BASE_URL: https://staging.example.eu
                      E2E_USER: qa-bot@example.eu
                      E2E_USER_PASSWORD: {{s}}
                    steps:
                      - uses: actions/checkout@v4
                      - run: npx playwright test
                """), ("Azure Pipelines variables", static (v, s) => $$"""
                variables:
                - name: buildConfiguration
                  value: Release
                - name: sonarProjectKey
                  value: backend-core
                - name: signingCertPassword
                  value: '{{s}}'
                """), ("heroku config:set", static (v, s) =>
            $$"""heroku config:set SECRET_KEY_BASE={{s}} --app booking-eu-prod"""
        ), ("fly secrets set", static (v, s) => $$"""fly secrets set SESSION_SECRET={{s}} -a reports"""), ("kubectl set env", static (v, s) => $$"""kubectl -n payments set env deployment/ledger ADYEN_HMAC_KEY={{s}}"""), ("docker run -e", static (v, s) => $$"""docker run -d --name mssql -e ACCEPT_EULA=Y -e MSSQL_SA_PASSWORD={{s}} -p 1433:1433 mcr.microsoft.com/mssql/server:2022-latest"""), ("Quarkus profile property", static (v, s) => $$"""
                %prod.quarkus.oidc.auth-server-url=https://sso.example.eu/realms/main
                %prod.quarkus.oidc.client-id=warehouse
                %prod.quarkus.oidc.credentials.secret={{s}}
                """), ("Kafka client JAAS property", static (v, s) => $$"""
                security.protocol=SASL_SSL
                sasl.mechanism=SCRAM-SHA-512
                sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="etl" password="{{s}}";
                """), ("Django .env", static (v, s) => $$"""
                DJANGO_SETTINGS_MODULE=config.settings.production
                DJANGO_ALLOWED_HOSTS=portal.example.eu
                DJANGO_SECRET_KEY='{{s}}'
                CELERY_BROKER=redis
                """), ("gradle.properties", static (v, s) => $$"""
                org.gradle.jvmargs=-Xmx2g
                org.gradle.caching=true
                ossrhUsername=example-eu
                ossrhPassword={{s}}
                """), ("fish set -gx", static (v, s) =>
            $$"""set -gx RESTIC_PASSWORD "{{s}}" """.TrimEnd()
        ), ("csh setenv", static (v, s) => $$"""setenv ORACLE_PASSWD {{s}}"""), ("direnv .envrc", static (v, s) => $$"""
                use nix
                layout python3
                export FLASK_APP=api.wsgi
                export JWT_SIGNING_KEY={{s}}
                PATH_add bin
                """), ("SMTP_PASS with comment", static (v, s) => $$"""
                # outgoing mail (transactional only)
                SMTP_HOST=smtp.example.eu
                SMTP_PORT=587
                SMTP_USER=noreply@example.eu
                SMTP_PASS="{{s}}"   # ask ops before rotating
                """), ("backup script passphrase", static (v, s) => $$"""
                #!/bin/sh
                export BORG_REPO=ssh://u{{v.Of(Values.Digits, 6)}}@backup.example.eu:23/./hosts/web1
                export BORG_PASSPHRASE='{{s}}'
                borg create --stats ::'{hostname}-{now}' /etc /srv
                """), ("PGPASSWORD before a command", static (v, s) =>
            $$"""PGPASSWORD='{{s}}' pg_dump -h pg.internal -U backup -Fc orders > /backup/orders.dump"""
        ), ("Sonar on a Maven command", static (v, s) => $$"""mvn -B verify sonar:sonar -Dsonar.host.url=https://sonar.internal -Dsonar.projectKey=core -Dsonar.token={{s}}"""), ("TF_VAR", static (v, s) => $$"""export TF_VAR_rds_master_password={{s}}"""), ("ansible extra vars", static (v, s) => $$"""ansible-playbook -i inventories/prod site.yml --limit db -e "postgres_replication_password={{s}}" """.TrimEnd()), ("helm --set", static (v, s) => $$"""helm upgrade --install keycloak bitnami/keycloak -n sso --set auth.adminUser=admin --set auth.adminPassword={{s}}"""), ("ASP.NET connection string variable", static (v, s) => $$"""ConnectionStrings__Default=Server=sql01.internal,1433;Database=Crm;User Id=crm_app;Password={{s}};Encrypt=True;TrustServerCertificate=True"""), ("export -p output", static (v, s) => $$"""
                declare -x HOME="/home/deploy"
                declare -x LANG="de_DE.UTF-8"
                declare -x GITLAB_TOKEN="{{s}}"
                declare -x SHELL="/bin/bash"
                """), ("AWS secret in exports", static (v, s) => $$"""
                export AWS_DEFAULT_REGION=eu-central-1
                export AWS_ENDPOINT_URL=https://s3.internal
                export AWS_SECRET_ACCESS_KEY={{s}}
                """), ("supervisor environment", static (v, s) => $$"""
                [program:worker]
                command=/srv/app/venv/bin/celery -A app worker
                environment=PYTHONUNBUFFERED="1",SENTRY_ENVIRONMENT="prod",CELERY_BROKER_PASSWORD="{{s}}"
                autostart=true
                """), ("gh secret set", static (v, s) =>
            $$"""gh secret set COSIGN_PASSWORD --repo example-eu/platform --body "{{s}}" """.TrimEnd()
        ), ("az webapp appsettings", static (v, s) => $$"""az webapp config appsettings set -g rg-prod -n portal-api --settings LOG_LEVEL=Warning Smtp__Password={{s}}"""), ("/etc/default file with Grafana admin", static (v, s) => $$"""
                GRAFANA_USER=grafana
                LOG_DIR=/var/log/grafana
                GF_SERVER_ROOT_URL=https://grafana.internal/
                GF_SECURITY_ADMIN_PASSWORD={{s}}
                """), (".env with spaces around =", static (v, s) => $$"""
                NODE_ENV = production
                PORT = 3000
                N8N_ENCRYPTION_KEY = {{s}}
                WEBHOOK_URL = https://n8n.example.eu/
                """)];

    public static readonly (string Form, Func<Values, string, string> Make)[] Files = [(".npmrc auth token", static (v, s) => $$"""
                @example:registry=https://npm.example.eu/repository/npm-private/
                //npm.example.eu/repository/npm-private/:_authToken={{s}}
                always-auth=true
                """), (".netrc", static (v, s) => $$"""
                machine git.example.eu
                  login ci-reader
                  password {{s}}
                """), (".pypirc", static (v, s) => $$"""
                [distutils]
                index-servers =
                    internal

                [internal]
                repository = https://pypi.example.eu/simple/
                username = uploader
                password = {{s}}
                """), ("Maven settings.xml", static (v, s) => $$"""
                <settings xmlns="http://maven.apache.org/SETTINGS/1.2.0">
                  <servers>
                    <server>
                      <id>nexus-releases</id>
                      <username>deployer</username>
                      <password>{{s}}</password>
                    </server>
                  </servers>
                </settings>
                """), ("NuGet.config", static (v, s) => $$"""
                <configuration>
                  <packageSources>
                    <add key="feed" value="https://feed.example.eu/team" />
                  </packageSources>
                  <packageSourceCredentials>
                    <feed>
                      <add key="Username" value="build" />
                      <add key="ClearTextPassword" value="{{s}}" />
                    </feed>
                  </packageSourceCredentials>
                </configuration>
                """), ("web.config connection string", static (v, s) => $$"""
                <connectionStrings>
                  <add name="ErpContext" providerName="System.Data.SqlClient"
                       connectionString="Data Source=SQL02;Initial Catalog=Erp;User ID=erp_web;Pwd={{s}};MultipleActiveResultSets=True" />
                </connectionStrings>
                """), ("wp-config.php", static (v, s) => $$"""
                <?php
                define( 'DB_NAME', 'wp_site' );
                define( 'DB_USER', 'wp_site' );
                define( 'DB_PASSWORD', '{{s}}' );
                define( 'DB_HOST', 'localhost' );
                define( 'DB_CHARSET', 'utf8mb4' );
                $table_prefix = 'wp_';
                """), ("wp_options dump", static (v, s) => $$"""
                INSERT INTO `wp_options` (`option_id`, `option_name`, `option_value`, `autoload`) VALUES
                (14, 'mailserver_url', 'mail.example.eu', 'yes'),
                (15, 'mailserver_login', 'blog@example.eu', 'yes'),
                (16, 'mailserver_pass', '{{s}}', 'yes'),
                (17, 'mailserver_port', '110', 'yes');
                """), ("Kubernetes Secret stringData", static (v, s) => $$"""
                apiVersion: v1
                kind: Secret
                metadata:
                  name: ledger-db
                  namespace: payments
                type: Opaque
                stringData:
                  username: ledger
                  password: {{s}}
                """), ("Helm values", static (v, s) => $$"""
                replicaCount: 2
                image:
                  repository: registry.example.eu/portal
                  tag: 4.11.2
                redis:
                  enabled: true
                  auth:
                    enabled: true
                    password: "{{s}}"
                """), ("Ansible group_vars", static (v, s) => $$"""
                ---
                ansible_user: deploy
                ansible_become: true
                ansible_become_pass: {{s}}
                ntp_servers:
                  - ntp1.example.eu
                """), ("GitHub workflow docker login", static (v, s) => $$"""
                - name: Log in to registry
                  uses: docker/login-action@v3
                  with:
                    registry: registry.example.eu
                    username: ci-push
                    password: {{s}}
                """), ("Home Assistant secrets.yaml", static (v, s) => $$"""
                home_latitude: 48.2082
                home_longitude: 16.3738
                mqtt_broker: 192.168.1.20
                mqtt_username: hass
                mqtt_password: "{{s}}"
                """), ("Spring application.yml", static (v, s) => $$"""
                spring:
                  rabbitmq:
                    host: mq.internal
                    username: shipping
                    password: ${RABBIT_PASSWORD:{{s}}}
                  mail:
                    host: localhost
                management:
                  endpoints:
                    web:
                      exposure:
                        include: health,info
                """), ("Cargo credentials.toml", static (v, s) => $$"""
                [registries.internal]
                token = "{{s}}"
                """), ("Streamlit secrets.toml", static (v, s) => $$"""
                [connections.snowflake]
                account = "xy12345.eu-central-1"
                user = "DASHBOARD"
                password = "{{s}}"
                warehouse = "REPORTING_WH"
                """), (".my.cnf", static (v, s) => $$"""
                [client]
                host=127.0.0.1
                user=backup
                password="{{s}}"

                [mysqldump]
                single-transaction
                """), ("Grafana ldap.toml bind", static (v, s) => $$"""
                [[servers]]
                host = "ldap.internal"
                port = 636
                use_ssl = true
                bind_dn = "cn=grafana,ou=services,dc=example,dc=eu"
                bind_password = '{{s}}'
                search_base_dns = ["dc=example,dc=eu"]
                """), ("appsettings.json", static (v, s) => $$"""
                {
                  "Logging": { "LogLevel": { "Default": "Information" } },
                  "Jwt": {
                    "Issuer": "https://api.example.eu",
                    "Audience": "portal",
                    "SigningKey": "{{s}}",
                    "ExpiryMinutes": 60
                  }
                }
                """), ("MCP client configuration", static (v, s) => $$"""
                {
                  "mcpServers": {
                    "jira": {
                      "command": "npx",
                      "args": ["-y", "jira-mcp"],
                      "env": {
                        "JIRA_BASE_URL": "https://jira.example.eu",
                        "JIRA_EMAIL": "bot@example.eu",
                        "JIRA_API_TOKEN": "{{s}}"
                      }
                    }
                  }
                }
                """), ("browser password CSV", static (v, s) => $$"""
                name,url,username,password,note
                intranet.example.eu,https://intranet.example.eu/login,m.huber,{{s}},
                """), ("MySQL CREATE USER", static (v, s) => $$"""
                CREATE DATABASE IF NOT EXISTS ticketing CHARACTER SET utf8mb4;
                CREATE USER 'ticketing'@'10.20.%' IDENTIFIED BY '{{s}}';
                GRANT SELECT, INSERT, UPDATE, DELETE ON ticketing.* TO 'ticketing'@'10.20.%';
                FLUSH PRIVILEGES;
                """), ("PostgreSQL CREATE ROLE", static (v, s) => $$"""
                CREATE ROLE reporting WITH LOGIN PASSWORD '{{s}}' VALID UNTIL 'infinity';
                GRANT CONNECT ON DATABASE orders TO reporting;
                GRANT USAGE ON SCHEMA public TO reporting;
                """), ("terraform.tfvars", static (v, s) => $$"""
                region            = "eu-west-1"
                environment       = "prod"
                instance_class    = "db.t4g.medium"
                db_admin_username = "dbadmin"
                db_admin_password = "{{s}}"
                """), ("Terraform provider block", static (v, s) => $$"""
                provider "vsphere" {
                  user                 = "svc-terraform@vsphere.local"
                  password             = "{{s}}"
                  vsphere_server       = "vcenter.internal"
                  allow_unverified_ssl = true
                }
                """), ("Terraform state", static (v, s) => $$"""
                {
                  "mode": "managed",
                  "type": "random_password",
                  "name": "redis",
                  "provider": "provider[\"terraform.example/hashicorp/random\"]",
                  "instances": [
                    {
                      "schema_version": 3,
                      "attributes": { "id": "none", "length": 24, "min_lower": 0, "result": "{{s}}", "special": false }
                    }
                  ]
                }
                """), ("curl -u", static (v, s) => $$"""
                #!/usr/bin/env bash
                set -euo pipefail
                FILE=$1
                curl -sS -u 'deployer:{{s}}' --upload-file "$FILE" "https://nexus.example.eu/repository/raw/$(basename "$FILE")"
                """), ("curl with X-Auth header", static (v, s) =>
            $$"""curl -X POST https://api.example.eu/v2/orders/{{v.Uuid()}}/cancel -H "Content-Type: application/json" -H "X-Auth-Token: {{s}}" -d '{"reason":"duplicate"}'"""
        ), ("mysql -p in a cron job", static (v, s) => $$"""15 2 * * * root /usr/bin/mysqldump -u root -p{{s}} --all-databases | gzip > /backup/all.sql.gz"""), ("sshpass", static (v, s) => $$"""sshpass -p '{{s}}' ssh -o StrictHostKeyChecking=no admin@10.0.4.12 'systemctl restart nginx'"""), ("redis-cli -a", static (v, s) => $$"""redis-cli -h cache.internal -p 6379 -a {{s}} --no-auth-warning INFO memory"""), ("keytool -storepass", static (v, s) => $$"""keytool -importcert -noprompt -alias corp-ca -file corp-ca.crt -keystore /opt/app/truststore.jks -storepass {{s}}"""), ("Python psycopg2", static (v, s) => $$"""
                import psycopg2

                conn = psycopg2.connect(
                    host="pg.internal",
                    dbname="orders",
                    user="etl",
                    password="{{s}}",
                )
                cur = conn.cursor()
                """), ("Python requests basic auth", static (v, s) => $$"""
                import requests

                r = requests.get(
                    "https://artifactory.example.eu/api/repositories",
                    auth=("svc-audit", "{{s}}"),
                    timeout=10,
                )
                r.raise_for_status()
                """), ("Java DriverManager", static (v, s) => $$"""
                public final class Db {
                    private static final String URL = "jdbc:oracle:thin:@//ora.internal:1521/ERP";

                    public static Connection open() throws SQLException {
                        return DriverManager.getConnection(URL, "erp_batch", "{{s}}");
                    }
                }
                """), ("TypeScript constant", static (v, s) => $$"""
                export const config = {
                  baseUrl: 'https://api.example.eu',
                  clientId: 'mobile-bff',
                  clientSecret: '{{s}}',
                  timeoutMs: 5000,
                };
                """), ("Go struct literal", static (v, s) => $$"""
                opts := &redis.Options{
                	Addr:     "cache.internal:6379",
                	Password: "{{s}}",
                	DB:       0,
                }
                rdb := redis.NewClient(opts)
                """), ("C# NetworkCredential", static (v, s) => $$"""
                using var client = new SmtpClient("smtp.example.eu", 587)
                {
                    EnableSsl = true,
                    Credentials = new NetworkCredential("noreply@example.eu", "{{s}}"),
                };
                """), ("Rails database.yml", static (v, s) => $$"""
                production:
                  adapter: postgresql
                  encoding: unicode
                  database: helpdesk_production
                  username: helpdesk
                  password: '{{s}}'
                  pool: 10
                """), ("HTTP request dump with API key", static (v, s) => $$"""
                GET /api/v1/customers?limit=50 HTTP/1.1
                Host: crm.example.eu
                User-Agent: python-requests/2.32.3
                Accept: application/json
                X-API-Key: {{s}}
                Connection: keep-alive
                """), ("HTTP login body", static (v, s) => $$"""
                POST /auth/login HTTP/1.1
                Host: portal.example.eu
                Content-Type: application/json

                {"email":"anna.novak@example.eu","password":"{{s}}","rememberMe":true}
                """), (".pgpass", static (v, s) => $$"""
                # hostname:port:database:username:password
                pg.internal:5432:orders:backup:{{s}}
                """), ("rabbitmq.conf", static (v, s) => $$"""
                listeners.tcp.default = 5672
                default_vhost = /
                default_user = admin
                default_pass = {{s}}
                loopback_users.guest = true
                """), ("redis.conf", static (v, s) => $$"""
                bind 0.0.0.0
                port 6379
                requirepass {{s}}
                maxmemory 512mb
                appendonly yes
                """), ("Postfix sasl_passwd", static (v, s) => $$"""
                # /etc/postfix/sasl_passwd - run postmap after editing
                [smtp.example.eu]:587    relay@example.eu:{{s}}
                """), ("wpa_supplicant", static (v, s) => $$"""
                country=AT
                network={
                    ssid="Office-5G"
                    psk="{{s}}"
                    key_mgmt=WPA-PSK
                }
                """), ("ipsec.secrets", static (v, s) => $$"""
                # site-to-site Graz
                203.0.113.10 198.51.100.7 : PSK "{{s}}"
                """), ("kubeconfig user token", static (v, s) => $$"""
                users:
                - name: ci-deployer
                  user:
                    token: {{s}}
                contexts:
                - name: prod
                  context:
                    cluster: prod
                    user: ci-deployer
                """), ("Tomcat context.xml", static (v, s) => $$"""
                <Context>
                  <Resource name="jdbc/hr" auth="Container" type="javax.sql.DataSource"
                            driverClassName="org.postgresql.Driver" url="jdbc:postgresql://pg.internal/hr"
                            username="hr" password="{{s}}" maxTotal="20" />
                </Context>
                """), ("Alertmanager", static (v, s) => $$"""
                global:
                  smtp_smarthost: 'smtp.example.eu:587'
                  smtp_from: 'alerts@example.eu'
                  smtp_auth_username: 'alerts@example.eu'
                  smtp_auth_password: '{{s}}'
                route:
                  receiver: ops
                """), ("Gradle signing config", static (v, s) => $$"""
                signingConfigs {
                    release {
                        storeFile file("../release.keystore")
                        keyAlias "upload"
                        storePassword System.getenv("STORE_PW")
                        keyPassword "{{s}}"
                    }
                }
                """), ("WS-Security UsernameToken", static (v, s) => $$"""
                <wsse:Security soapenv:mustUnderstand="1">
                  <wsse:UsernameToken wsu:Id="UsernameToken-1">
                    <wsse:Username>partner-edi</wsse:Username>
                    <wsse:Password Type="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText">{{s}}</wsse:Password>
                  </wsse:UsernameToken>
                </wsse:Security>
                """)];

    public static readonly (string Form, Func<Values, string, string> Make)[] Wrapped =
    [
        ("Kubernetes Secret data, base64", static (v, s) => $$"""
                apiVersion: v1
                kind: Secret
                metadata:
                  name: orders-db
                  namespace: orders
                type: Opaque
                data:
                  username: {{Encode("orders")}}
                  password: {{Encode(s)}}
                """),
        ("docker config.json auth", static (v, s) => $$"""
                {
                  "auths": {
                    "registry.example.eu": {
                      "auth": "{{Encode("ci-push:" + s)}}"
                    }
                  }
                }
                """),
        ("Basic authorization header", static (v, s) => $$"""
                GET /rest/api/2/myself HTTP/1.1
                Host: jira.example.eu
                Authorization: Basic {{Encode("svc-jira:" + s)}}
                Accept: application/json
                """),
        ("query string, percent-encoded", static (v, s) =>
            $$"""https://geo.example.eu/v1/search?q=Graz%20Hauptplatz&lang=de&apikey={{Percent(s)}}&limit=5"""
        ),
        ("token request form body", static (v, s) => $$"""
                POST /realms/main/protocol/openid-connect/token HTTP/1.1
                Host: sso.example.eu
                Content-Type: application/x-www-form-urlencoded

                grant_type=client_credentials&client_id=warehouse&client_secret={{Percent(s)}}&scope=openid
                """),
        ("Secrets Manager SecretString", static (v, s) =>
            $$"""
                {
                    "ARN": "arn:aws:secretsmanager:eu-central-1:{{v.Of(
                    Values.Digits,
                    12
                )}}:secret:prod/orders/db-{{v.Of(Values.AlphaNumeric, 6)}}",
                    "Name": "prod/orders/db",
                    "VersionId": "{{v.Uuid()}}",
                    "SecretString": {{Quoted(
                    $$"""{"username":"orders","password":"{{s}}","engine":"postgres","host":"pg.internal","port":5432}"""
                )}},
                    "VersionStages": ["AWSCURRENT"]
                }
                """
        ),
        ("JSON in JSON in JSON, queue message", static (v, s) =>
            $$"""{"MessageId":"{{v.Uuid()}}","Body":{{Quoted($$"""{"Type":"Notification","Subject":"user.created","Message":{{Quoted($$"""{"userId":4711,"login":"m.huber","initialPassword":"{{s}}","locale":"de-AT"}""")}}}""")}}}"""
        ),
        ("JSON strings, three levels", static (v, s) =>
            $$"""{"level":"INFO","msg":{{Quoted($$"""{"event":"http","request":{{Quoted($$"""{"url":"/connect","body":{{Quoted($$"""{"tenant":"acme","api_key":"{{s}}"}""")}}}""")}}}""")}}}"""
        ),
        ("HTML entities", static (v, s) =>
            $$"""<div id="app" data-page="settings" data-config="{&quot;endpoint&quot;:&quot;https://api.example.eu&quot;,&quot;clientSecret&quot;:&quot;{{s}}&quot;,&quot;debug&quot;:false}"></div>"""
        ),
        ("data URL with JSON", static (v, s) =>
            "{\"name\":\"credentials.json\",\"content\":\"data:application/json;base64,"
            + Encode($$"""{"host":"sftp.example.eu","port":22,"username":"edi","password":"{{s}}"}""")
            + "\"}"
        ),
        ("unicode-escaped quotes", static (v, s) =>
            $$"""<script>window.__STATE__ = JSON.parse("{\u0022user\u0022:\u0022admin\u0022,\u0022accessToken\u0022:\u0022{{s}}\u0022,\u0022theme\u0022:\u0022dark\u0022}");</script>"""
        ),
        ("HAR headers, name and value", static (v, s) => $$"""
                {
                  "method": "GET",
                  "url": "https://api.example.eu/v1/invoices",
                  "headers": [
                    { "name": "Accept", "value": "application/json" },
                    { "name": "Authorization", "value": "Bearer {{s}}" },
                    { "name": "User-Agent", "value": "Mozilla/5.0" }
                  ]
                }
                """),
        ("ECS task environment list", static (v, s) => $$"""
                {
                  "family": "orders",
                  "containerDefinitions": [
                    {
                      "name": "orders",
                      "image": "registry.example.eu/orders:2.3.1",
                      "environment": [
                        { "name": "SPRING_PROFILES_ACTIVE", "value": "prod" },
                        { "name": "SPRING_DATASOURCE_PASSWORD", "value": "{{s}}" }
                      ]
                    }
                  ]
                }
                """),
        ("arguments array", static (v, s) =>
            $$"""{"command":"liquibase","args":["--url","jdbc:postgresql://pg.internal/orders","--username","migrator","--password","{{s}}","update"],"cwd":"/srv/orders"}"""
        ),
        ("HAR form parameters", static (v, s) => $$"""
                {
                  "mimeType": "application/x-www-form-urlencoded",
                  "params": [
                    { "name": "j_username", "value": "anna.novak" },
                    { "name": "j_password", "value": "{{Percent(s)}}" },
                    { "name": "remember-me", "value": "on" }
                  ]
                }
                """),
        ("docker inspect Env", static (v, s) => $$"""
                [
                    {
                        "Name": "/orders-db",
                        "Config": {
                            "Env": [
                                "POSTGRES_USER=orders",
                                "POSTGRES_PASSWORD={{s}}",
                                "PGDATA=/var/lib/postgresql/data"
                            ],
                            "Image": "postgres:16"
                        }
                    }
                ]
                """),
        ("cloud-init write_files, base64 of settings", static (v, s) => $$"""
                #cloud-config
                write_files:
                  - path: /etc/app/app.env
                    owner: root:root
                    permissions: '0600'
                    encoding: b64
                    content: {{Encode($"APP_ENV=prod\nDB_USER=app\nDB_PASSWORD={s}\nLOG_LEVEL=info\n")}}
                """),
        ("database URL in .env, percent-encoded", static (v, s) => $$"""
                DJANGO_ENV=prod
                DATABASE_URL=postgresql://orders:{{Percent(s)}}@pg.internal:5432/orders?sslmode=require
                CACHE_TTL=300
                """),
    ];

    public static readonly (string Form, Func<Values, string, string> Make)[] Logs =
    [
        ("Spring Security generated password", static (v, s) => $$"""
                2025-03-11T08:14:22.417+01:00  WARN 1 --- [           main] .s.s.UserDetailsServiceAutoConfiguration :

                Using generated security password: {{s}}

                This generated password is for development use only. Your security configuration must be updated before running your application in production.
                """),
        ("PostgreSQL statement log", static (v, s) =>
            $$"""2025-02-03 09:41:07.112 CET [{{v.Of(Values.Digits, 5)}}] postgres@orders LOG:  statement: ALTER USER orders_app WITH PASSWORD '{{s}}';"""
        ),
        ("MySQL container first start", static (v, s) => $$"""
                2025-05-19 06:30:11+00:00 [Note] [Entrypoint]: Creating database wiki
                2025-05-19 06:30:12+00:00 [Note] [Entrypoint]: GENERATED ROOT PASSWORD: {{s}}
                2025-05-19 06:30:14+00:00 [Note] [Entrypoint]: Stopping temporary server
                """),
        ("Ansible module arguments", static (v, s) =>
            $$$"""changed: [db01] => {"changed": true, "invocation": {"module_args": {"name": "zabbix", "priv": "zabbix.*:ALL", "login_password": "{{{s}}}", "state": "present"}}, "user": "zabbix"}"""
        ),
        ("curl -v output", static (v, s) => $$"""
                * Connected to api.example.eu (203.0.113.40) port 443
                > GET /v3/shipments HTTP/2
                > Host: api.example.eu
                > User-Agent: curl/8.5.0
                > Authorization: Bearer {{s}}
                >
                < HTTP/2 200
                < content-type: application/json
                """),
        ("sudo command in auth.log", static (v, s) =>
            $$"""Mar  4 14:02:55 web1 sudo:   mhuber : TTY=pts/0 ; PWD=/home/mhuber ; USER=root ; COMMAND=/usr/sbin/mount -t cifs //nas/backup /mnt/backup -o username=backup,password={{s}}"""
        ),
        ("urllib3 error with query", static (v, s) =>
            $$"""requests.exceptions.ConnectionError: HTTPSConnectionPool(host='maps.example.eu', port=443): Max retries exceeded with url: /geocode?city=Wien&api_key={{s}} (Caused by NewConnectionError('<urllib3.connection.HTTPSConnection object>: Failed to establish a new connection: [Errno 111] Connection refused'))"""
        ),
        ("Elasticsearch setup output", static (v, s) => $$"""
                ✅ Elasticsearch security features have been automatically configured!
                ✅ Authentication is enabled and cluster connections are encrypted.

                ℹ️  Password for the elastic user (reset with `bin/elasticsearch-reset-password -u elastic`):
                  {{s}}
                """),
        ("Java configuration object in a debug line", static (v, s) =>
            $$"""2025-01-22 17:05:39,870 DEBUG [http-nio-8080-exec-4] e.e.m.MailConfig - loaded MailProperties(host=smtp.example.eu, port=587, username=noreply@example.eu, password={{s}}, starttls=true)"""
        ),
        ("chat message", static (v, s) =>
            $$"""[10:32] Petra: hey, can't get into the staging admin, did someone change the pw? [10:33] Jonas: yep, new password is {{s}} - user is still admin"""
        ),
        ("mail in German", static (v, s) => $$"""
                Hallo Markus,

                dein VPN-Zugang ist eingerichtet. Benutzername ist m.huber, das Passwort lautet: {{s}}
                Bitte beim ersten Anmelden ändern.

                LG, Sabine (IT-Support)
                """),
        ("ticket comment", static (v, s) =>
            $$"""OPS-{{v.Of(Values.Digits, 4)}}: Rotated the Datadog integration this morning. The new API key is {{s}}, please update it in the Helm values of both clusters and close this ticket afterwards."""
        ),
        ("runbook credentials list", static (v, s) => $$"""
                ## Restore the database

                1. Open the jump host and connect to `pg-standby.internal`.
                2. Log in with these credentials:
                   - **User:** `restore`
                   - **Password:** `{{s}}`
                3. Run `./restore.sh latest` and wait for the check to turn green.
                """),
        ("onboarding note with login pair", static (v, s) =>
            $$"""For the test shop use the login qa-buyer@example.eu / {{s}} (shared account, don't change it please), it has three orders in every state."""
        ),
    ];

    public static readonly (string Form, Func<Values, string> Make)[] Tokens =
    [
        ("GitHub classic", static v => "gh" + "p_" + v.Of(Values.AlphaNumeric, 36)),
        ("GitHub OAuth", static v => "gh" + "o_" + v.Of(Values.AlphaNumeric, 36)),
        ("GitHub app installation", static v => "gh" + "s_" + v.Of(Values.AlphaNumeric, 36)),
        ("GitHub refresh", static v => "gh" + "r_" + v.Of(Values.AlphaNumeric, 76)),
        ("GitHub fine-grained", static v => "github" + "_pat_11" + v.Of(UpperDigits, 20) + "_" + v.Of(Values.AlphaNumeric, 59)),
        ("GitLab personal", static v => "gl" + "pat-" + v.Of(Values.Url, 20)),
        ("GitLab runner", static v => "gl" + "rt-" + v.Of(Values.Url, 20)),
        ("GitLab deploy", static v => "gl" + "dt-" + v.Of(Values.Url, 20)),
        ("GitLab trigger", static v => "gl" + "ptt-" + v.Hex(40)),
        ("AWS access key ID", static v => "AK" + "IA" + v.Of(Base32, 16)),
        ("AWS Bedrock API key", static v =>
            "AB" + "SK" + Encode("BedrockAPIKey-" + v.Of(LowerDigits, 4) + "-at-" + v.Of(Values.Digits, 12) + ":" + v.Base64(33))
        ),
        ("Slack bot", static v => "xo" + "xb-" + v.Of("123456789", 12) + "-" + v.Of("123456789", 13) + "-" + v.Of(Values.AlphaNumeric, 24)),
        ("Slack user", static v =>
            "xo" + "xp-" + v.Of("123456789", 12) + "-" + v.Of("123456789", 12) + "-" + v.Of("123456789", 13) + "-" + v.Hex(32)
        ),
        ("Slack app", static v => "xa" + "pp-1-A" + v.Of(UpperDigits, 10) + "-" + v.Of("123456789", 13) + "-" + v.Hex(64)),
        ("Slack webhook", static v =>
            "https://hooks."
            + "slack.com/services/T"
            + v.Of(UpperDigits, 10)
            + "/B"
            + v.Of(UpperDigits, 10)
            + "/"
            + v.Of(Values.AlphaNumeric, 24)
        ),
        ("Discord webhook", static v => "https://discord." + "com/api/webhooks/1" + v.Of(Values.Digits, 18) + "/" + v.Of(Values.Url, 68)),
        ("Discord bot", static v =>
            EncodeUrl("1" + v.Of(Values.Digits, 17)) + "." + "G" + v.Of(Values.Url, 5) + "." + v.Of(Values.Url, 38)
        ),
        ("Telegram bot", static v => "7" + v.Of(Values.Digits, 9) + ":" + "AA" + v.Of(Values.Url, 33)),
        ("Stripe live", static v => "sk" + "_live_51" + v.Of(Values.AlphaNumeric, 97)),
        ("Stripe restricted", static v => "rk" + "_live_51" + v.Of(Values.AlphaNumeric, 97)),
        ("Stripe webhook signing", static v => "wh" + "sec_" + v.Of(Values.AlphaNumeric, 32)),
        ("OpenAI legacy", static v => "s" + "k-" + v.Of(Values.AlphaNumeric, 20) + "T3Blbk" + "FJ" + v.Of(Values.AlphaNumeric, 20)),
        ("OpenAI project", static v => "sk-" + "proj-" + v.Of(Values.Url, 74) + "T3Blbk" + "FJ" + v.Of(Values.Url, 74)),
        ("Anthropic", static v => "sk-" + "ant-api03-" + v.Of(Values.Url, 93) + "AA"),
        ("OpenRouter", static v => "sk-" + "or-v1-" + v.Hex(64)),
        ("Groq", static v => "gs" + "k_" + v.Of(Values.AlphaNumeric, 52)),
        ("Replicate", static v => "r8" + "_" + v.Of(Values.AlphaNumeric, 37)),
        ("Perplexity", static v => "pp" + "lx-" + v.Of(Values.AlphaNumeric, 48)),
        ("xAI", static v => "xa" + "i-" + v.Of(Values.AlphaNumeric, 80)),
        ("Hugging Face", static v => "h" + "f_" + v.Of(Values.Lower + Values.Upper, 34)),
        ("npm", static v => "np" + "m_" + v.Of(Values.AlphaNumeric, 36)),
        ("PyPI", static v => "py" + "pi-AgEIcHlwaS5vcmc" + v.Of(Values.Url, 150, 170)),
        ("RubyGems", static v => "ruby" + "gems_" + v.Hex(48)),
        ("NuGet", static v => "oy" + "2" + v.Of(LowerDigits, 43)),
        ("crates.io", static v => "ci" + "o" + v.Of(Values.AlphaNumeric, 32)),
        ("JWT HS256", static v =>
            EncodeUrl("""{"alg":"HS256","typ":"JWT"}""")
            + "."
            + EncodeUrl($$"""{"sub":"{{v.Uuid()}}","name":"Anna Novak","iat":1741680000,"exp":1741683600}""")
            + "."
            + v.Of(Values.Url, 43)
        ),
        ("age", static v => "AGE-SECRET" + "-KEY-1" + v.Of(Bech32Upper, 58)),
        ("PGP private key block", static v =>
            "-----BEGIN PGP PRIVATE"
            + " KEY BLOCK-----\n\n"
            + Lines("lQOYBG" + v.Of(Base64Digits, 890), 64)
            + "\n="
            + v.Of(Base64Digits, 4)
            + "\n-----END PGP PRIVATE"
            + " KEY BLOCK-----\n"
        ),
        ("OpenSSH private key", static v =>
            "-----BEGIN OPENSSH"
            + " PRIVATE KEY-----\n"
            + Lines(
                "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZWQyNTUxOQAAACD" + v.Of(Base64Digits, 253) + "=",
                70
            )
            + "\n-----END OPENSSH"
            + " PRIVATE KEY-----\n"
        ),
        ("RSA private key PEM", static v => Pem(v, "RSA" + " PRIVATE KEY", "MIIEpAIBAAKCAQEA", 1592)),
        ("EC private key PEM", static v => Pem(v, "EC" + " PRIVATE KEY", "MHcCAQEEI", 164, "==")),
        ("PKCS#8 private key PEM", static v => Pem(v, "PRIVATE" + " KEY", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ", 1624, "=")),
        ("PostgreSQL URL", static v => "postgres" + "://app:" + Percent(v.Password()) + "@db.internal:5432/app"),
        ("MongoDB SRV URL", static v =>
            "mongodb"
            + "+srv://catalog:"
            + Percent(v.Password())
            + "@cluster0."
            + v.Of(LowerDigits, 5)
            + ".mongodb.net/catalog?retryWrites=true&w=majority"
        ),
        ("Redis URL without user", static v => "redis" + "://:" + Percent(v.Password()) + "@cache.internal:6379/0"),
        ("AMQP URL", static v => "amqps" + "://shipping:" + Percent(v.Password()) + "@mq.internal:5671/prod"),
        ("git over HTTPS with password", static v =>
            "https" + "://jenkins:" + Percent(v.Password()) + "@git.example.eu/platform/charts.git"
        ),
        ("SendGrid", static v => "S" + "G." + v.Of(Values.Url, 22) + "." + v.Of(Values.Url, 43)),
        ("Mailgun", static v => "ke" + "y-" + v.Hex(32)),
        ("Mailchimp", static v => v.Hex(32) + "-us" + v.Any("5", "12", "21")),
        ("Brevo", static v => "xkey" + "sib-" + v.Hex(64) + "-" + v.Of(Values.AlphaNumeric, 16)),
        ("Twilio API key", static v => "S" + "K" + v.Hex(32)),
        ("Google API key", static v => "AI" + "za" + "Sy" + v.Of(Values.Url, 33)),
        ("Google OAuth client secret", static v => "GOC" + "SPX-" + v.Of(Values.Url, 28)),
        ("Google OAuth access token", static v => "ya" + "29.a0" + v.Of(Values.Url, 160, 210)),
        ("Azure Storage connection string", static v =>
            "DefaultEndpointsProtocol=https;AccountName="
            + v.Word()
            + "prod;Account"
            + "Key="
            + v.Base64(64)
            + ";EndpointSuffix=core.windows.net"
        ),
        ("Entra client secret", static v => v.Of(Values.AlphaNumeric, 3) + "8" + "Q~" + v.Of(Values.Url + ".~", 34)),
        ("Azure DevOps", static v => v.Of(Values.AlphaNumeric, 76) + "AZ" + "DO" + v.Of(Values.AlphaNumeric, 4)),
        ("DigitalOcean", static v => "do" + "p_v1_" + v.Hex(64)),
        ("Shopify admin", static v => "sh" + "pat_" + v.Hex(32)),
        ("Square client secret", static v => "sq0" + "csp-" + v.Of(Values.Url, 43)),
        ("Heroku", static v => "HR" + "KU-AA" + v.Of(Values.Url, 58)),
        ("HashiCorp Vault service", static v => "hv" + "s.CAESI" + v.Of(Values.Url, 90)),
        ("Terraform Cloud", static v => v.Of(Values.AlphaNumeric, 14) + ".atlas" + "v1." + v.Of(Values.AlphaNumeric, 67)),
        ("Databricks", static v => "da" + "pi" + v.Hex(32)),
        ("Docker Hub", static v => "dc" + "kr_pat_" + v.Of(Values.Url, 27)),
        ("Grafana service account", static v => "gl" + "sa_" + v.Of(Values.AlphaNumeric, 32) + "_" + v.Hex(8)),
        ("New Relic user key", static v => "NR" + "AK-" + v.Of(UpperDigits, 27)),
        ("Linear", static v => "lin" + "_api_" + v.Of(Values.AlphaNumeric, 40)),
        ("Notion", static v => "nt" + "n_" + v.Of(Values.Digits, 11) + v.Of(Values.AlphaNumeric, 35)),
        ("Atlassian API token", static v => "AT" + "ATT3xFfGF0" + v.Of(Values.Url, 171) + "=" + v.Hex(8).ToUpperInvariant()),
        ("Postman", static v => "PM" + "AK-" + v.Hex(24) + "-" + v.Hex(34)),
        ("SonarQube user token", static v => "sq" + "u_" + v.Hex(40)),
        ("Extended private key (BIP32)", static v => "xp" + "rv9s21ZrQH143K" + v.Of(Base58, 95)),
    ];
}
