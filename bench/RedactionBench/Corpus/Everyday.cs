namespace Kilometers.RedactionBench.Corpus;

/// <summary>What tools see every day. It was written without a look at the rules; rules were made from what leaked.</summary>
internal static class Everyday
{
    public static readonly (string Form, Func<Values, string, string> Make)[] All =
    [
        // Settings and environment dumps (40)
        ("quoted export", static (v, s) => $"export STRIPE_API_KEY=\"{s}\""),
        ("dotenv database block", static (v, s) => $$"""
                # Database
                DB_HOST=db-{{v.Of(Values.Lower, 4)}}.internal
                DB_PORT=5432
                DB_NAME=orders
                DB_USER=orders_rw
                DB_PASS={{s}}
                DB_POOL_SIZE=20
                """),
        ("dotenv single quotes with comment", static (v, s) => $$"""
                NODE_ENV=production
                PORT=8080
                JWT_SIGNING_SECRET='{{s}}' # rotate every 90 days
                LOG_LEVEL=info
                """),
        ("printenv sorted dump", static (v, s) => $$"""
                HOME=/home/node
                HOSTNAME={{v.Hex(12)}}
                LANG=C.UTF-8
                NODE_VERSION=20.11.1
                PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
                PWD=/app
                SENDGRID_API_KEY={{s}}
                SHLVL=1
                TERM=xterm
                YARN_VERSION=1.22.19
                """),
        ("docker inspect env array", static (v, s) => $$"""
                [
                    {
                        "Id": "{{v.Hex(64)}}",
                        "Config": {
                            "Hostname": "{{v.Hex(12)}}",
                            "Env": [
                                "POSTGRES_DB=app",
                                "POSTGRES_USER=app",
                                "POSTGRES_PASSWORD={{s}}",
                                "PGDATA=/var/lib/postgresql/data",
                                "PATH=/usr/local/bin:/usr/bin:/bin"
                            ],
                            "Image": "postgres:16"
                        }
                    }
                ]
                """),
        ("compose environment list", static (v, s) => $$"""
                services:
                  db:
                    image: mysql:8.0
                    restart: always
                    environment:
                      - MYSQL_DATABASE=shop
                      - MYSQL_USER=shop
                      - MYSQL_ROOT_PASSWORD={{s}}
                    ports:
                      - "3306:3306"
                """),
        ("compose environment map", static (v, s) => $$"""
                version: "3.8"
                services:
                  minio:
                    image: minio/minio:latest
                    command: server /data --console-address ":9001"
                    environment:
                      MINIO_ROOT_USER: minioadmin
                      MINIO_ROOT_PASSWORD: "{{s}}"
                    volumes:
                      - minio-data:/data
                """),
        ("kubernetes env name value", static (v, s) => $$"""
                spec:
                  containers:
                    - name: api
                      image: registry.example.com/api:{{v.Hex(7)}}
                      env:
                        - name: REDIS_HOST
                          value: redis-master
                        - name: REDIS_PASSWORD
                          value: {{s}}
                        - name: GIN_MODE
                          value: release
                """),
        ("ecs task definition environment", static (v, s) => $$"""
                {
                  "family": "billing",
                  "containerDefinitions": [
                    {
                      "name": "billing",
                      "image": "{{v.Of(Values.Digits, 12)}}.dkr.ecr.eu-west-1.amazonaws.com/billing:latest",
                      "environment": [
                        { "name": "SPRING_PROFILES_ACTIVE", "value": "prod" },
                        { "name": "PAYMENT_GATEWAY_SECRET", "value": "{{s}}" },
                        { "name": "SERVER_PORT", "value": "8080" }
                      ]
                    }
                  ]
                }
                """),
        ("azure app settings list", static (v, s) => $$"""
                [
                  {
                    "name": "WEBSITE_NODE_DEFAULT_VERSION",
                    "slotSetting": false,
                    "value": "~20"
                  },
                  {
                    "name": "SERVICEBUS_SHARED_ACCESS_KEY",
                    "slotSetting": false,
                    "value": "{{s}}"
                  }
                ]
                """),
        ("functions local settings", static (v, s) =>
            $$"""
                {
                  "IsEncrypted": false,
                  "Values": {
                    "FUNCTIONS_WORKER_RUNTIME": "dotnet-isolated",
                    "AzureWebJobsStorage": "DefaultEndpointsProtocol=https;AccountName=stfunc{{v.Of(
                    Values.Lower,
                    5
                )}};AccountKey={{s}};EndpointSuffix=core.windows.net"
                  }
                }
                """
        ),
        ("heroku config listing", static (v, s) => $$"""
                === shop-{{v.Any("staging", "prod")}} Config Vars

                LANG:                 en_US.UTF-8
                MAILGUN_DOMAIN:       mg.example.com
                MAILGUN_SMTP_PASSWORD: {{s}}
                RACK_ENV:             production
                WEB_CONCURRENCY:      2
                """),
        ("powershell env table", static (v, s) => $$"""
                Name                           Value
                ----                           -----
                COMPUTERNAME                   DESKTOP-{{v.Of(Values.Upper, 7)}}
                NUMBER_OF_PROCESSORS           16
                OPENAI_API_KEY                 {{s}}
                OS                             Windows_NT
                ProgramData                    C:\ProgramData
                """),
        ("powershell env assignment", static (v, s) => $$"""
                $env:ARM_TENANT_ID = "{{v.Uuid()}}"
                $env:ARM_CLIENT_ID = "{{v.Uuid()}}"
                $env:ARM_CLIENT_SECRET = "{{s}}"
                terraform plan -out tfplan
                """),
        ("cmd set lines", static (v, s) => $$"""
                @echo off
                set SNOWFLAKE_ACCOUNT=xy12345.eu-central-1
                set SNOWFLAKE_USER=LOADER
                set SNOWFLAKE_PASSWORD={{s}}
                python load.py
                """),
        ("fish universal variable", static (v, s) => $$"""
                set -gx EDITOR nvim
                set -gx GITLAB_TOKEN {{s}}
                set -gx GOPATH $HOME/go
                """),
        ("systemd unit environment", static (v, s) => $$"""
                [Unit]
                Description=Order importer
                After=network-online.target

                [Service]
                User=importer
                Environment="APP_ENV=production"
                Environment="ERP_API_PASSWORD={{s}}"
                ExecStart=/opt/importer/bin/importer --daemon
                Restart=on-failure
                """),
        ("vercel env pull", static (v, s) => $$"""
                # Created by Vercel CLI
                NEXT_PUBLIC_SITE_URL="https://www.example.com"
                NEXTAUTH_URL="https://www.example.com"
                NEXTAUTH_SECRET="{{s}}"
                VERCEL="1"
                VERCEL_ENV="development"
                """),
        ("node process env print", static (v, s) => $$"""
                {
                  SHELL: '/bin/zsh',
                  npm_config_user_agent: 'npm/10.2.4 node/v20.11.1 darwin arm64',
                  TWILIO_ACCOUNT_SID: 'AC{{v.Hex(32)}}',
                  TWILIO_AUTH_TOKEN: '{{s}}',
                  USER: 'maria',
                  PWD: '/Users/maria/src/notify'
                }
                """),
        ("python environ repr", static (v, s) =>
            $$"""environ({'SHELL': '/bin/bash', 'PWD': '/srv/app', 'DJANGO_SETTINGS_MODULE': 'core.settings.prod', 'DJANGO_SECRET_KEY': '{{s}}', 'HOME': '/root', 'LC_CTYPE': 'C.UTF-8'})"""
        ),
        ("mcp client server env", static (v, s) => $$"""
                {
                  "mcpServers": {
                    "github": {
                      "command": "npx",
                      "args": ["-y", "@modelcontextprotocol/server-github"],
                      "env": {
                        "GITHUB_PERSONAL_ACCESS_TOKEN": "{{s}}"
                      }
                    },
                    "filesystem": {
                      "command": "npx",
                      "args": ["-y", "@modelcontextprotocol/server-filesystem", "/Users/sam/Documents"]
                    }
                  }
                }
                """),
        ("mcp client server arg", static (v, s) => $$"""
                {
                  "mcpServers": {
                    "figma": {
                      "command": "npx",
                      "args": [
                        "-y",
                        "figma-developer-mcp",
                        "--figma-api-key={{s}}",
                        "--stdio"
                      ]
                    }
                  }
                }
                """),
        ("vscode launch env", static (v, s) => $$"""
                {
                  "version": "0.2.0",
                  "configurations": [
                    {
                      "type": "debugpy",
                      "request": "launch",
                      "name": "Worker",
                      "program": "${workspaceFolder}/worker.py",
                      // local only
                      "env": { "PYTHONUNBUFFERED": "1", "CELERY_BROKER_PASSWORD": "{{s}}" },
                    },
                  ],
                }
                """),
        ("github workflow env", static (v, s) => $$"""
                name: deploy
                on:
                  push:
                    branches: [main]
                env:
                  REGION: us-east-1
                  CLOUDFLARE_API_TOKEN: {{s}}
                jobs:
                  deploy:
                    runs-on: ubuntu-latest
                    steps:
                      - uses: actions/checkout@v4
                      - run: npx wrangler deploy
                """),
        ("gitlab ci variables", static (v, s) => $$"""
                stages: [build, deploy]

                variables:
                  DOCKER_DRIVER: overlay2
                  REGISTRY_USER: ci-bot
                  REGISTRY_PASSWORD: '{{s}}'

                build:
                  stage: build
                  script:
                    - make image
                """),
        ("lambda function configuration", static (v, s) => $$"""
                {
                    "FunctionName": "resize-images",
                    "Runtime": "python3.12",
                    "CodeSha256": "{{v.Base64(32)}}",
                    "Timeout": 30,
                    "Environment": {
                        "Variables": {
                            "BUCKET": "img-prod",
                            "CLOUDINARY_API_SECRET": "{{s}}"
                        }
                    },
                    "RevisionId": "{{v.Uuid()}}"
                }
                """),
        ("laravel mail settings", static (v, s) => $$"""
                APP_NAME=Intranet
                APP_DEBUG=false

                MAIL_MAILER=smtp
                MAIL_HOST=smtp.office365.com
                MAIL_PORT=587
                MAIL_USERNAME=noreply@example.org
                MAIL_PASSWORD="{{s}}"
                MAIL_ENCRYPTION=tls
                MAIL_FROM_ADDRESS=noreply@example.org
                """),
        ("spring properties datasource", static (v, s) => $$"""
                spring.datasource.url=jdbc:postgresql://localhost:5432/crm
                spring.datasource.username=crm
                spring.datasource.password={{s}}
                spring.jpa.hibernate.ddl-auto=validate
                management.endpoints.web.exposure.include=health,info
                """),
        ("spring yaml oauth client", static (v, s) => $$"""
                spring:
                  security:
                    oauth2:
                      client:
                        registration:
                          keycloak:
                            client-id: portal
                            client-secret: {{s}}
                            scope: openid,profile,email
                            authorization-grant-type: authorization_code
                """),
        ("actuator env nested", static (v, s) => $$$$$$$"""
                {"activeProfiles":["prod"],"propertySources":[{"name":"server.ports","properties":{"local.server.port":{"value":8080}}},{"name":"systemEnvironment","properties":{"JAVA_HOME":{"value":"/opt/java/openjdk"},"LDAP_BIND_PASSWORD":{"value":"{{{{{{{s}}}}}}}","origin":"System Environment Property \"LDAP_BIND_PASSWORD\""}}}]}
                """),
        ("npmrc auth token", static (v, s) => $$"""
                registry=https://registry.npmjs.org/
                @acme:registry=https://npm.pkg.github.com
                //npm.pkg.github.com/:_authToken={{s}}
                save-exact=true
                """),
        ("ruby env hash inspect", static (v, s) =>
            $$"""{"RAILS_ENV"=>"production", "RAILS_LOG_TO_STDOUT"=>"1", "SECRET_KEY_BASE"=>"{{s}}", "MALLOC_ARENA_MAX"=>"2", "LANG"=>"C.UTF-8"}"""
        ),
        ("phpinfo text", static (v, s) => $$"""
                Environment

                Variable => Value
                APACHE_RUN_USER => www-data
                MYSQL_HOST => mariadb
                MYSQL_PASSWORD => {{s}}
                PHP_INI_DIR => /usr/local/etc/php
                """),
        ("php var dump", static (v, s) => $$"""
                array(4) {
                  ["driver"]=>
                  string(5) "mysql"
                  ["username"]=>
                  string(8) "webshop1"
                  ["password"]=>
                  string({{s.Length}}) "{{s}}"
                  ["charset"]=>
                  string(7) "utf8mb4"
                }
                """),
        ("go struct print", static (v, s) =>
            $$"""config loaded: {Env:prod Listen::8443 DB:{Host:10.0.3.{{v.Any("7", "19")}} Port:5432 User:ledger Password:{{s}} SSLMode:require} Debug:false}"""
        ),
        ("java config to string", static (v, s) =>
            $$"""SmtpConfig(host=smtp.example.net, port=465, username=alerts, password={{s}}, ssl=true, timeout=PT10S)"""
        ),
        ("configmap data", static (v, s) => $$"""
                apiVersion: v1
                kind: ConfigMap
                metadata:
                  name: keycloak-env
                  namespace: iam
                  uid: {{v.Uuid()}}
                data:
                  KC_DB: postgres
                  KC_HOSTNAME: sso.example.com
                  KEYCLOAK_ADMIN: admin
                  KEYCLOAK_ADMIN_PASSWORD: {{s}}
                """),
        ("envrc mixed", static (v, s) => $$"""
                layout python3
                export FLASK_APP=wsgi:app
                export HF_TOKEN={{s}}
                PATH_add bin
                """),
        ("dotnet user secrets listing", static (v, s) => $$"""
                Authentication:Google:ClientId = {{v.Of(Values.Digits, 12)}}-{{v.Of(Values.Lower, 12)}}.apps.googleusercontent.com
                Authentication:Google:ClientSecret = {{s}}
                Kestrel:Endpoints:Http:Url = http://localhost:5080
                """),
        ("settings markdown table", static (v, s) => $$"""
                | Setting | Value |
                |---|---|
                | `SMTP_HOST` | `smtp.eu.mailgun.org` |
                | `SMTP_USER` | `postmaster@mg.example.com` |
                | `SMTP_PASSWORD` | `{{s}}` |
                | `SMTP_PORT` | `587` |
                """),
        // Files or parts of files (50)
        ("appsettings connection string", static (v, s) =>
            $$"""
                {
                  "Logging": { "LogLevel": { "Default": "Information" } },
                  "ConnectionStrings": {
                    "Default": "Server=tcp:sql-{{v.Of(
                    Values.Lower,
                    4
                )}}.database.windows.net,1433;Initial Catalog=Sales;User ID=salesapp;Password={{s}};Encrypt=True;Connection Timeout=30;"
                  },
                  "AllowedHosts": "*"
                }
                """
        ),
        ("web config connection string", static (v, s) => $$"""
                <configuration>
                  <connectionStrings>
                    <add name="Main" connectionString="Data Source=SQL01;Initial Catalog=Hr;User Id=hr_app;Pwd={{s}}" providerName="System.Data.SqlClient" />
                  </connectionStrings>
                </configuration>
                """),
        ("web config app setting", static (v, s) => $$"""
                <appSettings>
                  <add key="SmtpServer" value="mail.example.com" />
                  <add key="RecaptchaSecretKey" value="{{s}}" />
                  <add key="PageSize" value="25" />
                </appSettings>
                """),
        ("tfvars", static (v, s) => $$"""
                region            = "eu-north-1"
                instance_type     = "t3.medium"
                db_admin_user     = "pgadmin"
                db_admin_password = "{{s}}"
                tags = {
                  team = "platform"
                }
                """),
        ("terraform db instance", static (v, s) => $$"""
                resource "aws_db_instance" "main" {
                  identifier          = "main-${var.env}"
                  engine              = "postgres"
                  instance_class      = "db.t4g.small"
                  username            = "root"
                  password            = "{{s}}" # TODO move to secrets manager
                  skip_final_snapshot = true
                }
                """),
        ("terraform state attribute", static (v, s) => $$"""
                {
                  "version": 4,
                  "serial": 41,
                  "lineage": "{{v.Uuid()}}",
                  "resources": [
                    {
                      "mode": "managed",
                      "type": "random_password",
                      "name": "grafana",
                      "instances": [
                        { "schema_version": 3, "attributes": { "id": "none", "length": {{s.Length}}, "result": "{{s}}", "special": true } }
                      ]
                    }
                  ]
                }
                """),
        ("cloudformation parameter default", static (v, s) => $$"""
                AWSTemplateFormatVersion: '2010-09-09'
                Parameters:
                  MasterUsername:
                    Type: String
                    Default: dbadmin
                  MasterUserPassword:
                    Type: String
                    NoEcho: true
                    Default: {{s}}
                Resources:
                  Cluster:
                    Type: AWS::RDS::DBCluster
                """),
        ("bicep parameter file", static (v, s) => $$"""
                {
                  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
                  "contentVersion": "1.0.0.0",
                  "parameters": {
                    "adminUsername": { "value": "azureuser" },
                    "adminPassword": { "value": "{{s}}" },
                    "vmSize": { "value": "Standard_B2s" }
                  }
                }
                """),
        ("ansible group vars", static (v, s) => $$"""
                ---
                ntp_server: pool.ntp.org
                mysql_root_password: "{{s}}"
                mysql_databases:
                  - name: wiki
                    encoding: utf8mb4
                """),
        ("ansible inventory", static (v, s) => $$"""
                [web]
                web01 ansible_host=192.168.10.{{v.Any("21", "34")}} ansible_user=deploy ansible_ssh_pass={{s}} ansible_port=22

                [web:vars]
                http_port=8080
                """),
        ("ansible user task", static (v, s) => $$$"""
                - name: create application user
                  community.postgresql.postgresql_user:
                    db: "{{ app_db }}"
                    name: app
                    password: {{{s}}}
                    role_attr_flags: NOSUPERUSER
                  become: true
                  become_user: postgres
                """),
        ("helm values nested auth", static (v, s) => $$"""
                replicaCount: 2
                postgresql:
                  enabled: true
                  auth:
                    username: gitea
                    database: gitea
                    postgresPassword: "{{s}}"
                  primary:
                    persistence:
                      size: 10Gi
                """),
        ("kubernetes secret string data", static (v, s) => $$"""
                apiVersion: v1
                kind: Secret
                metadata:
                  name: slack-credentials
                type: Opaque
                stringData:
                  channel: "#ops-alerts"
                  bot-token: {{s}}
                """),
        ("kubeconfig user token", static (v, s) => $$"""
                apiVersion: v1
                kind: Config
                current-context: prod
                contexts:
                - name: prod
                  context: {cluster: prod, user: ci}
                users:
                - name: ci
                  user:
                    token: {{s}}
                """),
        ("aws credentials profiles", static (v, s) => $$"""
                [default]
                region = eu-central-1

                [staging]
                aws_access_key_id = AKIA{{v.Of(Values.Upper, 16)}}
                aws_secret_access_key = {{s}}
                output = json
                """),
        ("oauth client secret file", static (v, s) =>
            $$$$$$$"""
                {"installed":{"client_id":"{{{{{{{v.Of(
                    Values.Digits,
                    12
                )}}}}}}}-{{{{{{{v.Of(Values.Lower, 16)}}}}}}}.apps.googleusercontent.com","project_id":"calendar-sync-{{{{{{{v.Of(Values.Digits, 6)}}}}}}}","auth_uri":"https://accounts.google.com/o/oauth2/auth","token_uri":"https://oauth2.googleapis.com/token","client_secret":"{{{{{{{s}}}}}}}","redirect_uris":["http://localhost"]}}
                """
        ),
        ("netrc several machines", static (v, s) => $$"""
                machine api.example.com
                  login robot
                  password {{s}}

                machine ftp.example.com login anonymous
                """),
        ("pgpass line", static (v, s) => $$"""
                # ~/.pgpass  hostname:port:database:username:password
                db.example.com:5432:warehouse:etl:{{s}}
                """),
        ("my cnf client", static (v, s) => $$"""
                [client]
                user     = backup
                password = "{{s}}"
                host     = 127.0.0.1

                [mysqldump]
                single-transaction
                """),
        ("git remote with token", static (v, s) => $$"""
                [core]
                	repositoryformatversion = 0
                	bare = false
                [remote "origin"]
                	url = https://oauth2:{{s}}@gitlab.example.com/platform/infra.git
                	fetch = +refs/heads/*:refs/remotes/origin/*
                [branch "main"]
                	remote = origin
                """),
        ("maven settings server", static (v, s) => $$"""
                <settings>
                  <servers>
                    <server>
                      <id>nexus-releases</id>
                      <username>deployer</username>
                      <password>{{s}}</password>
                    </server>
                  </servers>
                </settings>
                """),
        ("gradle properties signing", static (v, s) => $$"""
                org.gradle.jvmargs=-Xmx4g
                android.useAndroidX=true
                RELEASE_STORE_FILE=../keystore/release.jks
                RELEASE_KEY_ALIAS=upload
                RELEASE_KEY_PASSWORD={{s}}
                """),
        ("nuget config clear text", static (v, s) => $$"""
                <packageSourceCredentials>
                  <AcmeFeed>
                    <add key="Username" value="build" />
                    <add key="ClearTextPassword" value="{{s}}" />
                  </AcmeFeed>
                </packageSourceCredentials>
                """),
        ("composer auth", static (v, s) => $$"""
                {
                    "http-basic": {
                        "repo.magento.com": {
                            "username": "{{v.Hex(32)}}",
                            "password": "{{s}}"
                        }
                    }
                }
                """),
        ("pypirc", static (v, s) => $$"""
                [distutils]
                index-servers =
                    pypi
                    internal

                [internal]
                repository: https://pypi.example.com/legacy/
                username: __token__
                password: {{s}}
                """),
        ("wp config define", static (v, s) => $$"""
                <?php
                define( 'DB_NAME', 'wordpress' );
                define( 'DB_USER', 'wp' );
                define( 'DB_PASSWORD', '{{s}}' );
                define( 'DB_HOST', 'localhost' );
                $table_prefix = 'wp_';
                """),
        ("django databases", static (v, s) => $$"""
                DATABASES = {
                    "default": {
                        "ENGINE": "django.db.backends.postgresql",
                        "NAME": "clinic",
                        "USER": "clinic",
                        "PASSWORD": "{{s}}",
                        "HOST": "127.0.0.1",
                        "CONN_MAX_AGE": 60,
                    }
                }
                """),
        ("python source basic auth tuple", static (v, s) => $$"""
                import requests

                def fetch_issues(project):
                    r = requests.get(
                        f"https://acme.atlassian.net/rest/api/3/search?jql=project={project}",
                        auth=("bot@acme.io", "{{s}}"),
                        timeout=10,
                    )
                    r.raise_for_status()
                    return r.json()["issues"]
                """),
        ("javascript source mail transport", static (v, s) => $$"""
                const nodemailer = require('nodemailer');

                const transporter = nodemailer.createTransport({
                  host: 'smtp.gmail.com',
                  port: 465,
                  secure: true,
                  auth: { user: 'shop@example.com', pass: '{{s}}' },
                });

                module.exports = transporter;
                """),
        ("typescript source client", static (v, s) => $$"""
                import Anthropic from "@anthropic-ai/sdk";

                // FIXME: read from env
                export const client = new Anthropic({
                  apiKey: "{{s}}",
                  maxRetries: 3,
                });
                """),
        ("go source constants", static (v, s) => $$"""
                package storage

                const (
                	endpoint        = "s3.eu-west-2.wasabisys.com"
                	accessKeyID     = "{{v.Of(Values.Upper, 20)}}"
                	secretAccessKey = "{{s}}"
                	useSSL          = true
                )
                """),
        ("java source driver manager", static (v, s) => $$"""
                public class Db {
                    private static final String URL = "jdbc:oracle:thin:@//ora1.example.com:1521/ORCLPDB1";

                    public static Connection open() throws SQLException {
                        return DriverManager.getConnection(URL, "report", "{{s}}");
                    }
                }
                """),
        ("csharp source credential", static (v, s) => $$"""
                using var client = new SftpClient("sftp.example.com", 22, "upload", "{{s}}");
                client.Connect();
                foreach (var file in Directory.EnumerateFiles(outbox))
                    client.UploadFile(File.OpenRead(file), "/in/" + Path.GetFileName(file));
                """),
        ("ruby source bearer header", static (v, s) => $$"""
                require 'net/http'

                uri = URI('https://api.digitalocean.com/v2/droplets')
                req = Net::HTTP::Get.new(uri)
                req['Authorization'] = 'Bearer {{s}}'
                req['Content-Type'] = 'application/json'
                res = Net::HTTP.start(uri.host, uri.port, use_ssl: true) { |http| http.request(req) }
                """),
        ("php source pdo", static (v, s) => $$"""
                <?php
                $dbUser = 'forum';
                $dbPass = '{{s}}';
                try {
                    $pdo = new PDO('mysql:host=localhost;dbname=forum;charset=utf8mb4', $dbUser, $dbPass);
                } catch (PDOException $e) {
                    die($e->getMessage());
                }
                """),
        ("rust source const", static (v, s) => $$"""
                use hmac::{Hmac, Mac};
                use sha2::Sha256;

                const WEBHOOK_SECRET: &str = "{{s}}";

                pub fn verify(body: &[u8], signature: &[u8]) -> bool {
                    let mut mac = Hmac::<Sha256>::new_from_slice(WEBHOOK_SECRET.as_bytes()).unwrap();
                    mac.update(body);
                    mac.verify_slice(signature).is_ok()
                }
                """),
        ("kotlin source object", static (v, s) => $$"""
                object Secrets {
                    const val BASE_URL = "https://api.example.com/v1/"
                    const val MAPS_API_KEY: String = "{{s}}"
                    const val TIMEOUT_SECONDS = 30L
                }
                """),
        ("swift source static let", static (v, s) => $$"""
                enum Config {
                    static let environment = "release"
                    static let algoliaAppID = "{{v.Of(Values.Upper, 10)}}"
                    static let algoliaAdminKey = "{{s}}"
                }
                """),
        ("cpp arduino wifi", static (v, s) => $$"""
                #include <WiFi.h>

                const char* ssid = "Werkstatt";
                const char* password = "{{s}}";

                void setup() {
                  Serial.begin(115200);
                  WiFi.begin(ssid, password);
                }
                """),
        ("notebook code cell", static (v, s) => $$"""
                {
                 "cells": [
                  {
                   "cell_type": "code",
                   "execution_count": 3,
                   "metadata": {},
                   "outputs": [],
                   "source": [
                    "import os\n",
                    "os.environ['PINECONE_API_KEY'] = '{{s}}'\n",
                    "index_name = 'docs'\n"
                   ]
                  }
                 ],
                 "nbformat": 4,
                 "nbformat_minor": 5
                }
                """),
        ("postman request auth", static (v, s) => $$$"""
                {
                  "name": "List customers",
                  "request": {
                    "auth": {
                      "type": "basic",
                      "basic": [
                        { "key": "password", "value": "{{{s}}}", "type": "string" },
                        { "key": "username", "value": "apiuser", "type": "string" }
                      ]
                    },
                    "method": "GET",
                    "url": { "raw": "{{baseUrl}}/customers", "host": ["{{baseUrl}}"], "path": ["customers"] }
                  }
                }
                """),
        ("postman environment", static (v, s) => $$"""
                {
                  "id": "{{v.Uuid()}}",
                  "name": "Production",
                  "values": [
                    { "key": "baseUrl", "value": "https://api.example.com", "type": "default", "enabled": true },
                    { "key": "refresh_token", "value": "{{s}}", "type": "secret", "enabled": true }
                  ],
                  "_postman_variable_scope": "environment"
                }
                """),
        ("rest client http file", static (v, s) => $$$"""
                @host = https://localhost:7071

                ### Create order
                POST {{host}}/api/orders
                Content-Type: application/json
                X-Api-Key: {{{s}}}

                { "sku": "A-1001", "qty": 2 }
                """),
        ("har request header", static (v, s) => $$"""
                {
                  "request": {
                    "method": "GET",
                    "url": "https://app.example.com/api/me",
                    "headers": [
                      { "name": "accept", "value": "application/json" },
                      { "name": "cookie", "value": "theme=dark; session_id={{s}}; locale=en" },
                      { "name": "sec-fetch-mode", "value": "cors" }
                    ]
                  }
                }
                """),
        ("alertmanager smtp", static (v, s) => $$"""
                global:
                  smtp_smarthost: 'smtp.example.com:587'
                  smtp_from: 'alertmanager@example.com'
                  smtp_auth_username: 'alertmanager'
                  smtp_auth_password: '{{s}}'
                route:
                  receiver: ops
                """),
        ("redis conf", static (v, s) => $$"""
                bind 127.0.0.1 -::1
                protected-mode yes
                port 6379
                requirepass {{s}}
                maxmemory 256mb
                appendonly yes
                """),
        ("kafka jaas property", static (v, s) =>
            $$"""
                bootstrap.servers=pkc-{{v.Of(Values.Lower, 5)}}.eu-west-1.aws.confluent.cloud:9092
                security.protocol=SASL_SSL
                sasl.mechanism=PLAIN
                sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="{{v.Of(
                    Values.Upper,
                    16
                )}}" password="{{s}}";
                """
        ),
        ("tomcat users", static (v, s) => $$"""
                <tomcat-users>
                  <role rolename="manager-gui"/>
                  <user username="tomcat" password="{{s}}" roles="manager-gui,manager-script"/>
                </tomcat-users>
                """),
        ("dbt profile", static (v, s) => $$"""
                analytics:
                  target: dev
                  outputs:
                    dev:
                      type: snowflake
                      account: ab{{v.Of(Values.Digits, 5)}}.eu-west-1
                      user: dbt_dev
                      password: {{s}}
                      role: TRANSFORMER
                      warehouse: WH_XS
                      threads: 4
                """),
        ("sql create user", static (v, s) => $$"""
                -- 003_roles.sql
                CREATE ROLE readonly NOLOGIN;
                CREATE USER metabase WITH LOGIN PASSWORD '{{s}}';
                GRANT readonly TO metabase;
                """),
        // Log lines and error messages (25)
        ("log failed login plain", static (v, s) =>
            $"2024-11-03 08:14:22,417 WARN  [http-nio-8080-exec-{v.Any("3", "7")}] c.a.auth.LoginController - login failed for user=jdoe password={s} ip=10.1.4.22"
        ),
        ("access log query token", static (v, s) =>
            $"203.0.113.9 - - [12/Mar/2025:10:02:51 +0000] \"GET /api/v2/export?format=csv&access_token={s} HTTP/1.1\" 200 51234 \"-\" \"python-requests/2.31.0\""
        ),
        ("json log with headers", static (v, s) =>
            $$"""
                {"level":"debug","ts":"2025-02-18T06:40:11.204Z","msg":"outgoing request","method":"POST","url":"https://api.mailchimp.com/3.0/lists","headers":{"Accept":"*/*","Authorization":"Bearer {{s}}","User-Agent":"crm-sync/1.4"},"trace_id":"{{v.Hex(
                    32
                )}}"}
                """
        ),
        ("logfmt line", static (v, s) =>
            $"time=2025-01-09T22:11:03Z level=error component=vault-sync msg=\"renew failed\" client_token={s} status=403 attempt=3"
        ),
        ("python traceback connection", static (v, s) => $$"""
                Traceback (most recent call last):
                  File "/app/worker.py", line 41, in <module>
                    engine = create_engine("mysql+pymysql://etl:{{s}}@10.20.0.5:3306/dwh")
                  File "/usr/lib/python3/dist-packages/sqlalchemy/engine/create.py", line 518, in create_engine
                    u = _url.make_url(url)
                sqlalchemy.exc.ArgumentError: Could not parse SQLAlchemy URL from string
                """),
        ("node error with axios config", static (v, s) => $$"""
                AxiosError: Request failed with status code 401
                    at settle (/app/node_modules/axios/lib/core/settle.js:19:12) {
                  code: 'ERR_BAD_REQUEST',
                  config: {
                    timeout: 5000,
                    headers: Object [AxiosHeaders] {
                      Accept: 'application/json, text/plain, */*',
                      'x-api-key': '{{s}}',
                      'User-Agent': 'axios/1.6.7'
                    },
                    method: 'get',
                    url: 'https://api.example.com/v1/usage'
                  }
                }
                """),
        ("invalid api key message", static (v, s) => $$$$$$$"""
                {"error":{"message":"Incorrect API key provided: {{{{{{{s}}}}}}}. You can find your API key in your account settings.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}
                """),
        ("mongo connect error", static (v, s) =>
            $"MongoParseError: URI malformed, cannot be parsed: mongodb+srv://appuser:{s}@cluster0.{v.Of(Values.Lower, 5)}.mongodb.net/shop?retryWrites=true&w=majority"
        ),
        ("java exception bean", static (v, s) => $$"""
                org.springframework.beans.factory.BeanCreationException: Error creating bean with name 'mailSender'
                Caused by: java.lang.IllegalStateException: cannot authenticate with MailProperties{host='smtp.example.com', port=25, username='svc-mail', password='{{s}}'}
                	at com.acme.mail.MailConfig.sender(MailConfig.java:37)
                	... 22 more
                """),
        ("ci log set variable", static (v, s) => $$"""
                2025-03-02T14:22:10.1182034Z ##[group]Run ./deploy.sh
                2025-03-02T14:22:10.1183050Z shell: /usr/bin/bash -e {0}
                2025-03-02T14:22:10.1183361Z env:
                2025-03-02T14:22:10.1183604Z   DEPLOY_ENV: staging
                2025-03-02T14:22:10.1183871Z   FTP_PASSWORD: {{s}}
                2025-03-02T14:22:10.1184122Z ##[endgroup]
                """),
        ("bash xtrace log", static (v, s) => $$"""
                + set -o pipefail
                + BACKUP_DIR=/var/backups/pg
                + export PGPASSWORD={{s}}
                + pg_dump -h db1 -U backup -Fc app
                pg_dump: error: connection to server at "db1" failed: timeout expired
                """),
        ("rails parameters log", static (v, s) => $$"""
                Started POST "/users/sign_in" for 198.51.100.4 at 2025-04-01 09:12:44 +0200
                Processing by Devise::SessionsController#create as HTML
                  Parameters: {"utf8"=>"✓", "user"=>{"email"=>"ann@example.com", "password"=>"{{s}}", "remember_me"=>"0"}, "commit"=>"Log in"}
                Completed 401 Unauthorized in 211ms
                """),
        ("sql statement log", static (v, s) =>
            $"2025-02-27 11:05:39.882 UTC [{v.Of(Values.Digits, 5)}] postgres@app LOG:  statement: ALTER USER app_owner WITH ENCRYPTED PASSWORD '{s}';"
        ),
        ("jwt secret startup log", static (v, s) =>
            $"[Nest] 4{v.Of(Values.Digits, 3)}  - 05/14/2025, 3:21:09 PM   DEBUG [AuthModule] JwtModule registered with secret: \"{s}\", expiresIn: 3600"
        ),
        ("generated password startup", static (v, s) => $$"""
                2025-05-06T07:55:31.010Z  WARN 1 --- [main] .s.s.UserDetailsServiceAutoConfiguration :

                Using generated security password: {{s}}

                This generated password is for development use only.
                """),
        ("jenkins initial password log", static (v, s) => $$"""
                *************************************************************
                Jenkins initial setup is required. An admin user has been created and a password generated.
                Please use the following password to proceed to installation:

                {{s}}

                This may also be found at: /var/jenkins_home/secrets/initialAdminPassword
                *************************************************************
                """),
        ("redis auth debug", static (v, s) => $"1715160221.442918 [0 172.18.0.{v.Any("4", "9")}:51324] \"AUTH\" \"default\" \"{s}\""),
        ("http wire trace", static (v, s) => $$"""
                DEBUG org.apache.http.wire - http-outgoing-0 >> "POST /oauth/token HTTP/1.1[\r][\n]"
                DEBUG org.apache.http.wire - http-outgoing-0 >> "Content-Type: application/x-www-form-urlencoded[\r][\n]"
                DEBUG org.apache.http.wire - http-outgoing-0 >> "[\r][\n]"
                DEBUG org.apache.http.wire - http-outgoing-0 >> "grant_type=client_credentials&client_id=erp-bridge&client_secret={{s}}"
                """),
        ("token response logged", static (v, s) => $$"""
                INFO:oauth:token endpoint returned 200: {'access_token': '{{s}}', 'token_type': 'Bearer', 'expires_in': 3599, 'scope': 'read write'}
                """),
        ("dotnet login exception", static (v, s) => $$"""
                fail: Acme.Importer.Worker[0]
                      Could not open connection 'Host=pg.internal;Port=5432;Username=importer;Password={{s}};Database=stage'
                      Npgsql.NpgsqlException (0x80004005): Failed to connect to 10.4.0.12:5432
                         at Npgsql.Internal.NpgsqlConnector.Connect(NpgsqlTimeout timeout)
                """),
        ("smtp session trace", static (v, s) => $$"""
                SMTP -> FROM SERVER: 250-smtp.example.com at your service
                SMTP -> SEND: LOGIN user=newsletter@example.com pass={{s}}
                SMTP -> FROM SERVER: 535 5.7.8 Username and Password not accepted
                """),
        ("git push failure", static (v, s) => $$"""
                remote: Invalid username or password.
                fatal: Authentication failed for 'https://x-access-token:{{s}}@github.com/acme/website.git/'
                """),
        ("set cookie response log", static (v, s) => $$"""
                < HTTP/1.1 302 Found
                < Location: /dashboard
                < Set-Cookie: PHPSESSID={{s}}; path=/; HttpOnly; SameSite=Lax
                < Content-Length: 0
                """),
        ("pytest assertion diff", static (v, s) => $$"""
                ________________________ test_settings_roundtrip ________________________
                E       AssertionError: assert Settings(api_url='https://sandbox.example.com', api_secret='{{s}}', retries=3) == None
                tests/test_settings.py:28: AssertionError
                """),
        ("android logcat token", static (v, s) =>
            $"05-21 17:40:03.{v.Of(Values.Digits, 3)}  8412  8440 D AuthRepository: saved session userId=4711 refreshToken={s} expiresAt=1747849203"
        ),
        // Shell commands and their output (15)
        ("curl user flag", static (v, s) => $"curl -sS -u 'admin:{s}' https://nexus.example.com/service/rest/v1/status"),
        ("curl bearer header", static (v, s) => $$"""
                curl https://api.openai.com/v1/models \
                  -H "Authorization: Bearer {{s}}" \
                  -H "OpenAI-Organization: org-{{v.Of(Values.AlphaNumeric, 12)}}"
                """),
        ("curl json login body", static (v, s) => $$$$$$$"""
                $ curl -X POST http://localhost:3000/api/login -H 'Content-Type: application/json' -d '{"email":"admin@example.com","password":"{{{{{{{s}}}}}}}"}'
                {"ok":true,"user":{"id":1,"role":"admin"}}
                """),
        ("mysql attached password", static (v, s) => $"mysql -h 127.0.0.1 -P 3307 -u root -p'{s}' shop -e 'SELECT COUNT(*) FROM orders'"),
        ("psql uri", static (v, s) => $$"""
                $ psql "postgresql://reporting:{{s}}@db.example.com:5432/dwh?sslmode=require" -c '\dt'
                           List of relations
                 Schema |   Name    | Type  |  Owner
                --------+-----------+-------+-----------
                 public | customers | table | reporting
                """),
        ("docker login", static (v, s) => $$"""
                $ docker login -u builder -p {{s}} registry.example.com
                WARNING! Using --password via the CLI is insecure. Use --password-stdin.
                Login Succeeded
                """),
        ("sshpass command", static (v, s) =>
            $"sshpass -p '{s}' ssh -o StrictHostKeyChecking=no root@10.0.8.{v.Any("14", "53")} 'systemctl restart nginx'"
        ),
        ("kubectl create secret literal", static (v, s) => $$"""
                kubectl -n shop create secret generic db-credentials \
                  --from-literal=username=shop \
                  --from-literal=password='{{s}}' \
                  --dry-run=client -o yaml
                """),
        ("docker run env flag", static (v, s) => $$"""
                docker run -d --name mssql -p 1433:1433 \
                  -e ACCEPT_EULA=Y -e "MSSQL_SA_PASSWORD={{s}}" \
                  mcr.microsoft.com/mssql/server:2022-latest
                """),
        ("az service principal output", static (v, s) => $$"""
                $ az ad sp create-for-rbac --name ci-deploy --role contributor
                {
                  "appId": "{{v.Uuid()}}",
                  "displayName": "ci-deploy",
                  "password": "{{s}}",
                  "tenant": "{{v.Uuid()}}"
                }
                """),
        ("aws create access key output", static (v, s) => $$"""
                $ aws iam create-access-key --user-name ci --output table
                -------------------------------------------------------------------
                |                         CreateAccessKey                         |
                +-----------------------------------------------------------------+
                ||                           AccessKey                           ||
                |+------------------+--------------------------------------------+|
                ||  AccessKeyId     |  AKIA{{v.Of(Values.Upper, 16)}}  ||
                ||  SecretAccessKey |  {{s}}  ||
                ||  Status          |  Active  ||
                |+------------------+--------------------------------------------+|
                """),
        ("vault kv get output", static (v, s) => $$"""
                $ vault kv get secret/payments
                ====== Metadata ======
                Key              Value
                ---              -----
                created_time     2025-01-17T12:40:08.114233Z
                version          4

                ====== Data ======
                Key         Value
                ---         -----
                merchant    acme-eu
                password    {{s}}
                """),
        ("ps listing argument", static (v, s) => $$"""
                $ ps aux | grep exporter
                nobody    2214  0.1  0.3 724512 14220 ?  Ssl  Mar11  4:02 /bin/elasticsearch_exporter --es.uri=http://es:9200 --es.username=monitor --es.password={{s}} --es.all
                sam       9031  0.0  0.0   6432   720 pts/0 S+ 10:14 0:00 grep exporter
                """),
        ("powershell secure string", static (v, s) => $$"""
                $pw = ConvertTo-SecureString "{{s}}" -AsPlainText -Force
                $cred = New-Object System.Management.Automation.PSCredential("CONTOSO\svc-backup", $pw)
                Invoke-Command -ComputerName FS01 -Credential $cred -ScriptBlock { Get-Volume }
                """),
        ("shell history lines", static (v, s) => $$"""
                  512  cd ~/src/infra
                  513  git pull --rebase
                  514  export VAULT_TOKEN={{s}}
                  515  vault status
                  516  terraform apply -auto-approve
                """),
        // Chat messages, tickets and mails (12)
        ("english chat password", static (v, s) =>
            $"hey, the staging box is up again. user is deploy and the password is {s} - please change it once you're in"
        ),
        ("english user prompt api key", static (v, s) => $$"""
                Can you help me write a script that lists all my Airtable bases? My API key is `{{s}}` and the workspace is called "Marketing". Please use Python and pagination.
                """),
        ("english welcome mail", static (v, s) => $$"""
                Subject: Your new account

                Hi Peter,

                your account for the customer portal has been created.

                Login: https://portal.example.com
                Username: peter.miller
                Temporary password: {{s}}

                You will be asked to choose a new one at first sign-in.

                IT Service Desk
                """),
        ("english ticket steps", static (v, s) => $$"""
                **OPS-{{v.Of(Values.Digits, 4)}}: Sync to partner SFTP fails since Monday**

                Steps to reproduce:
                1. Connect to sftp.partner.example (port 2222)
                2. Log in as `acme_in` with password `{{s}}`
                3. `put` any file larger than 10 MB

                Expected: upload completes. Actual: connection reset.
                """),
        ("german mail credentials", static (v, s) => $$"""
                Hallo Frau Weber,

                hier die Zugangsdaten für den Testserver:

                Benutzername: weber
                Kennwort: {{s}}

                Bitte ändern Sie das Kennwort nach der ersten Anmeldung.

                Viele Grüße
                Jonas
                """),
        ("german chat password", static (v, s) =>
            $"Kannst du kurz prüfen, ob der Import läuft? Das Passwort für den Datenbankbenutzer import lautet {s}"
        ),
        ("french mail password", static (v, s) => $$"""
                Bonjour,

                Comme convenu, voici vos accès à l'extranet :
                - Identifiant : c.martin
                - Mot de passe : {{s}}

                Cordialement,
                Le support
                """),
        ("spanish chat password", static (v, s) =>
            $"Buenas, ya creé el usuario \"ventas\" en el servidor. La contraseña es: {s}\nAvísame si no puedes entrar."
        ),
        ("italian ticket password", static (v, s) => $$"""
                Ticket #{{v.Of(Values.Digits, 5)}} - Accesso al gestionale

                Utente: magazzino2
                Password: {{s}}
                Nota: l'utente segnala che dopo il login la pagina resta bianca.
                """),
        ("portuguese chat senha", static (v, s) =>
            $"Oi pessoal, o wifi do escritório mudou. Rede: Acme-Office, senha: {s} (não repassem para visitantes)"
        ),
        ("dutch mail wachtwoord", static (v, s) => $$"""
                Beste collega,

                De nieuwe omgeving staat klaar op https://acc.example.nl.
                Gebruikersnaam: tester01
                Wachtwoord: {{s}}

                Groet, Sanne
                """),
        ("japanese chat password", static (v, s) => $$"""
                お疲れ様です。検証環境のログイン情報を共有します。
                ユーザー名：kensho01
                パスワード：{{s}}
                よろしくお願いします。
                """),
        // Wrapped in one encoding or one nesting (8)
        ("kubernetes secret base64 data", static (v, s) => $$"""
                apiVersion: v1
                kind: Secret
                metadata:
                  name: db
                  namespace: shop
                  resourceVersion: "{{v.Of(Values.Digits, 7)}}"
                type: Opaque
                data:
                  username: c2hvcA==
                  password: {{Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(s))}}
                """),
        ("basic authorization header", static (v, s) => $$"""
                > GET /rest/api/2/myself HTTP/1.1
                > Host: jira.example.com
                > Authorization: Basic {{Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes("svc-jira:" + s))}}
                > User-Agent: curl/8.5.0
                > Accept: */*
                """),
        ("docker config auth", static (v, s) => $$"""
                {
                	"auths": {
                		"ghcr.io": {
                			"auth": "{{Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes("acme-bot:" + s))}}"
                		}
                	},
                	"currentContext": "default"
                }
                """),
        ("secrets manager secret string", static (v, s) => $$"""
                {
                    "ARN": "arn:aws:secretsmanager:eu-west-1:{{v.Of(Values.Digits, 12)}}:secret:prod/db-{{v.Of(Values.AlphaNumeric, 6)}}",
                    "Name": "prod/db",
                    "VersionId": "{{v.Uuid()}}",
                    "SecretString": "{\"username\":\"master\",\"password\":\"{{s}}\",\"engine\":\"postgres\",\"host\":\"db.internal\",\"port\":5432}",
                    "VersionStages": ["AWSCURRENT"]
                }
                """),
        ("mcp tool result text", static (v, s) =>
            $$$$$$$"""
                {"jsonrpc":"2.0","id":{{{{{{{v.Of(Values.Digits, 2).TrimStart(
                    '0'
                )}}}}}}}1,"result":{"content":[{"type":"text","text":"{\n  \"name\": \"notifier\",\n  \"telegram\": {\n    \"chatId\": -1001234567,\n    \"botToken\": \"{{{{{{{s}}}}}}}\"\n  }\n}"}],"isError":false}}
                """
        ),
        ("percent encoded amqp url", static (v, s) =>
            $"CELERY_BROKER_URL=amqps://celery:{Uri.EscapeDataString(s)}@rabbit-{v.Of(Values.Lower, 3)}.example.com:5671/%2Fprod"
        ),
        ("form encoded login body", static (v, s) => $$"""
                POST /j_spring_security_check HTTP/1.1
                Host: legacy.example.com
                Content-Type: application/x-www-form-urlencoded

                j_username=operator&j_password={{Uri.EscapeDataString(s)}}&remember-me=on
                """),
        ("repository file base64 content", static (v, s) =>
            $$"""
                {
                  "file_name": ".env.production",
                  "file_path": "deploy/.env.production",
                  "encoding": "base64",
                  "ref": "main",
                  "blob_id": "{{v.Hex(40)}}",
                  "content": "{{Convert.ToBase64String(
                    System.Text.Encoding.UTF8.GetBytes(
                        "APP_ENV=production\nADYEN_HMAC_KEY=\nADYEN_API_KEY=" + s + "\nTZ=Europe/Amsterdam\n"
                    )
                )}}"
                }
                """
        ),
    ];
}
