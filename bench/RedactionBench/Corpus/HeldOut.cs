namespace Kilometers.RedactionBench.Corpus;

/// <summary>Forms that were written without a look at the rules or at other forms; rules were made from what leaked.</summary>
internal static class HeldOut
{
    /// <summary>Tokens as services give them out, alone.</summary>
    public static readonly (string Form, Func<Values, string> Make)[] Tokens =
    [
        ("GitHub fine-grained", static v => "github_pat_" + v.Of(Values.AlphaNumeric, 22) + "_" + v.Of(Values.AlphaNumeric, 59)),
        ("GitHub classic", static v => "ghp_" + v.Of(Values.AlphaNumeric, 36)),
        ("GitHub installation", static v => "ghs_" + v.Of(Values.AlphaNumeric, 36)),
        ("GitHub refresh", static v => "ghr_" + v.Of(Values.AlphaNumeric, 76)),
        ("GitLab personal", static v => "glpat-" + v.Of(Values.Url, 20)),
        ("GitLab routable", static v => "glpat-" + v.Of(Values.Url, 27) + ".01." + v.Of(Values.Lower + Values.Digits, 9)),
        ("GitLab runner", static v => "glrt-" + v.Of(Values.Url, 20)),
        ("GitLab trigger", static v => "glptt-" + v.Of(Values.HexDigits, 40)),
        ("Bitbucket app password", static v => "ATBB" + v.Of(Values.AlphaNumeric, 24) + v.Of(Values.Digits + "ABCDEF", 8)),
        ("Atlassian API", static v => "ATATT3xFfGF0" + v.Of(Values.Url, 171) + "=" + v.Of(Values.Digits + "ABCDEF", 8)),
        ("npm granular", static v => "npm_" + v.Of(Values.AlphaNumeric, 36)),
        ("PyPI upload", static v => "pypi-AgEIcHlwaS5vcmc" + v.Of(Values.Url, 150, 165)),
        ("RubyGems", static v => "rubygems_" + v.Of(Values.HexDigits, 48)),
        ("NuGet", static v => "oy2" + v.Of(Values.Lower + "234567", 43)),
        ("Docker Hub", static v => "dckr_pat_" + v.Of(Values.Url, 27)),
        ("Artifactory API key", static v => "AKCp" + v.Any("5", "8") + v.Of(Values.AlphaNumeric, 68)),
        ("Bedrock API key", static v => "ABSKQmVkcm9ja0FQSUtleS" + v.Of(Values.AlphaNumeric, 109) + "="),
        ("Google API key", static v => "AIzaSy" + v.Of(Values.Url, 33)),
        ("Google client secret", static v => "GOCSPX-" + v.Of(Values.Url, 28)),
        ("Google access token", static v => "ya29.a0" + v.Of(Values.Url, 160, 210)),
        ("Google refresh token", static v =>
            "1//0" + v.Of(Values.Digits, 1) + v.Of(Values.AlphaNumeric, 12) + "CgYIARAAGA" + v.Of(Values.Url, 70)
        ),
        ("Entra client secret", static v =>
            v.Of(Values.AlphaNumeric, 3) + "8Q~" + v.Of(Values.AlphaNumeric + "_.-~", 33) + v.Of(Values.AlphaNumeric, 1)
        ),
        ("Azure storage key", static v =>
            v.Of(Values.AlphaNumeric + "+/", 75)
            + v.Of(Values.AlphaNumeric, 1)
            + "+ASt"
            + v.Of(Values.AlphaNumeric, 5)
            + v.Any("A", "Q", "g", "w")
            + "=="
        ),
        ("Azure DevOps PAT", static v =>
            v.Of(Values.AlphaNumeric, 52) + "JQQJ99" + v.Of(Values.AlphaNumeric, 18) + "AZDO" + v.Of(Values.AlphaNumeric, 4)
        ),
        ("DigitalOcean", static v => "dop_v1_" + v.Of(Values.HexDigits, 64)),
        ("Heroku", static v => "HRKU-AA" + v.Of(Values.Url, 58)),
        ("Fly.io", static v => "FlyV1 fm2_lJPECAAAAAAA" + v.Of(Values.AlphaNumeric + "+/", 180)),
        ("Vercel Blob", static v => "vercel_blob_rw_" + v.Of(Values.AlphaNumeric, 16) + "_" + v.Of(Values.AlphaNumeric, 30)),
        ("Netlify", static v => "nfp_" + v.Of(Values.AlphaNumeric, 36)),
        ("Cloudflare origin CA", static v => "v1.0-" + v.Of(Values.HexDigits, 24) + "-" + v.Of(Values.HexDigits, 146)),
        ("Slack bot", static v => "xoxb-" + v.Of(Values.Digits, 12) + "-" + v.Of(Values.Digits, 13) + "-" + v.Of(Values.AlphaNumeric, 24)),
        ("Slack app-level", static v =>
            "xapp-1-A" + v.Of(Values.Upper + Values.Digits, 10) + "-" + v.Of(Values.Digits, 13) + "-" + v.Of(Values.HexDigits, 64)
        ),
        ("Slack webhook", static v =>
            "https://hooks.slack.com/services/T"
            + v.Of(Values.Upper + Values.Digits, 10)
            + "/B"
            + v.Of(Values.Upper + Values.Digits, 10)
            + "/"
            + v.Of(Values.AlphaNumeric, 24)
        ),
        ("Discord bot", static v => "MT" + v.Of(Values.AlphaNumeric, 24) + ".G" + v.Of(Values.Url, 5) + "." + v.Of(Values.Url, 38)),
        ("Discord webhook", static v => "https://discord.com/api/webhooks/1" + v.Of(Values.Digits, 18) + "/" + v.Of(Values.Url, 68)),
        ("Telegram bot", static v => v.Any("5", "6", "7") + v.Of(Values.Digits, 9) + ":AA" + v.Of(Values.Url, 33)),
        ("Stripe restricted", static v => "rk_live_51" + v.Of(Values.AlphaNumeric, 97)),
        ("Stripe webhook", static v => "whsec_" + v.Of(Values.AlphaNumeric, 32)),
        ("Square secret", static v => "sq0csp-" + v.Of(Values.Url, 43)),
        ("Braintree access", static v =>
            "access_token$production$" + v.Of(Values.Lower + Values.Digits, 16) + "$" + v.Of(Values.HexDigits, 32)
        ),
        ("Flutterwave", static v => "FLWSECK-" + v.Of(Values.HexDigits, 32) + "-X"),
        ("Shopify admin", static v => "shpat_" + v.Of(Values.HexDigits, 32)),
        ("SendGrid", static v => "SG." + v.Of(Values.Url, 22) + "." + v.Of(Values.Url, 43)),
        ("Mailgun", static v => "key-" + v.Of(Values.HexDigits, 32)),
        ("Mailchimp", static v => v.Of(Values.HexDigits, 32) + "-us" + v.Any("7", "12", "21")),
        ("Brevo", static v => "xkeysib-" + v.Of(Values.HexDigits, 64) + "-" + v.Of(Values.AlphaNumeric, 16)),
        ("Mapbox secret", static v => "sk.eyJ1Ijoi" + v.Of(Values.AlphaNumeric, 70) + "." + v.Of(Values.Url, 22)),
        ("New Relic user", static v => "NRAK-" + v.Of(Values.Upper + Values.Digits, 27)),
        ("Grafana service account", static v => "glsa_" + v.Of(Values.AlphaNumeric, 32) + "_" + v.Of(Values.HexDigits, 8)),
        ("Sentry user", static v => "sntryu_" + v.Of(Values.HexDigits, 64)),
        ("Dynatrace", static v => "dt0c01." + v.Of(Values.Upper + "234567", 24) + "." + v.Of(Values.Upper + "234567", 64)),
        ("PostHog personal", static v => "phx_" + v.Of(Values.AlphaNumeric, 43)),
        ("OpenAI project", static v => "sk-proj-" + v.Of(Values.Url, 74) + "T3BlbkFJ" + v.Of(Values.Url, 74)),
        ("Anthropic", static v => "sk-ant-api03-" + v.Of(Values.Url, 93) + "AA"),
        ("Hugging Face", static v => "hf_" + v.Of(Values.Lower + Values.Upper, 34)),
        ("Groq", static v => "gsk_" + v.Of(Values.AlphaNumeric, 20) + "WGdyb3FY" + v.Of(Values.AlphaNumeric, 24)),
        ("OpenRouter", static v => "sk-or-v1-" + v.Of(Values.HexDigits, 64)),
        ("LangSmith", static v => "lsv2_pt_" + v.Of(Values.HexDigits, 32) + "_" + v.Of(Values.HexDigits, 10)),
        ("CircleCI personal", static v => "CCIPAT_" + v.Of(Values.AlphaNumeric, 22) + "_" + v.Of(Values.HexDigits, 40)),
        ("Terraform Cloud", static v => v.Of(Values.AlphaNumeric, 14) + ".atlasv1." + v.Of(Values.AlphaNumeric, 67)),
        ("Pulumi", static v => "pul-" + v.Of(Values.HexDigits, 40)),
        ("Vault service", static v => "hvs.CAESI" + v.Of(Values.Url, 90)),
        ("Doppler", static v => "dp.pt." + v.Of(Values.AlphaNumeric, 43)),
        ("age secret key", static v => "AGE-SECRET-KEY-1" + v.Of("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58)),
        ("Databricks", static v => "dapi" + v.Of(Values.HexDigits, 32) + "-2"),
        ("PlanetScale password", static v => "pscale_pw_" + v.Of(Values.Url, 43)),
        ("Airtable", static v => "pat" + v.Of(Values.AlphaNumeric, 14) + "." + v.Of(Values.HexDigits, 64)),
        ("Tailscale auth", static v => "tskey-auth-k" + v.Of(Values.AlphaNumeric, 11) + "CNTRL-" + v.Of(Values.AlphaNumeric, 32)),
        ("JWT HS256", static v =>
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
            + Base64Url($$"""{"sub":"{{v.Uuid()}}","name":"{{v.Word()}}","iat":1746{{v.Of(Values.Digits, 6)}}}""")
            + "."
            + v.Of(Values.Url, 43)
        ),
    ];

    /// <summary>A line of a .env file or of the environment, with a secret.</summary>
    public static readonly (string Form, Func<Values, string, string> Make)[] Settings =
    [
        ("quoted export", static (v, s) => $"export STRIPE_API_KEY=\"{s}\""),
        ("plain database password", static (v, s) => $"DB_PASSWORD={s}"),
        ("single-quoted Django key", static (v, s) => $"DJANGO_SECRET_KEY='{s}'"),
        ("Rails key base", static (v, s) => $"SECRET_KEY_BASE={s}"),
        ("Rails master key", static (v, s) => $"RAILS_MASTER_KEY={s}"),
        ("libpq password", static (v, s) => $"PGPASSWORD={s} psql -h {v.Word()}-db.internal -U {v.Word()} -c 'select 1'"),
        ("mysql client password", static (v, s) => $"export MYSQL_PWD={s}"),
        ("short word at the end", static (v, s) => $"{v.Word().ToUpperInvariant()}_DB_PWD={s}"),
        ("two letters at the end", static (v, s) => $"SMTP_RELAY_PW={s}"),
        ("passwd at the end", static (v, s) => $"FTP_DROPBOX_PASSWD={s}"),
        ("pass at the end", static (v, s) => $"RABBITMQ_DEFAULT_PASS={s}"),
        ("passphrase at the end", static (v, s) => $"BORG_PASSPHRASE='{s}'"),
        ("PAT at the end", static (v, s) => $"JIRA_PAT={s}"),
        ("creds with a user", static (v, s) => $"NEXUS_CREDS=deploy-{v.Word()}:{s}"),
        ("auth pair", static (v, s) => $"NEO4J_AUTH=neo4j/{s}"),
        ("signing key", static (v, s) => $"WEBHOOK_SIGNING_KEY={s}"),
        ("pepper", static (v, s) => $"PASSWORD_HASH_PEPPER=\"{s}\""),
        ("WordPress salt", static (v, s) => $"SECURE_AUTH_SALT='{s}'"),
        ("NextAuth", static (v, s) => $"NEXTAUTH_SECRET={s} # npx auth secret"),
        ("spaces about the sign", static (v, s) => $"TWILIO_AUTH_TOKEN = {s}"),
        ("database URL", static (v, s) =>
            $"DATABASE_URL=postgresql://{v.Word()}:{s}@db.{v.Word()}.example.net:5432/{v.Word()}?sslmode=require"
        ),
        ("redis URL without user", static (v, s) => $"REDIS_URL=rediss://:{s}@cache-{v.Of(Values.Digits, 3)}.example.net:6380/0"),
        ("AMQP URL", static (v, s) => $"CELERY_BROKER_URL='amqp://{v.Word()}:{s}@mq.internal:5672/{v.Word()}'"),
        ("ADO.NET string", static (v, s) =>
            $"ConnectionStrings__Default=Server=tcp:{v.Word()}.database.windows.net,1433;Database={v.Word()};User ID=app;Password={s};Encrypt=True"
        ),
        ("Azure storage string", static (v, s) =>
            $"AzureWebJobsStorage=DefaultEndpointsProtocol=https;AccountName={v.Word()}{v.Of(Values.Digits, 3)};AccountKey={s};EndpointSuffix=core.windows.net"
        ),
        ("double-underscore section", static (v, s) => $"Authentication__Google__ClientSecret={s}"),
        ("dotted Java property", static (v, s) => $"JAVA_OPTS=-Xmx2g -Djavax.net.ssl.keyStorePassword={s} -Dfile.encoding=UTF-8"),
        ("AWS secret key", static (v, s) => $"AWS_SECRET_ACCESS_KEY={s}"),
        ("framework prefix", static (v, s) => $"REACT_APP_BACKEND_TOKEN={s}"),
        ("compose map", static (v, s) => $"    environment:\n      POSTGRES_USER: {v.Word()}\n      POSTGRES_PASSWORD: {s}"),
        ("compose list", static (v, s) =>
            $"    environment:\n      - MINIO_ROOT_USER={v.Word()}\n      - MINIO_ROOT_PASSWORD={s}\n      - TZ=Europe/Vienna"
        ),
        ("systemd Environment", static (v, s) =>
            $"[Service]\nUser={v.Word()}\nEnvironment=\"GF_SECURITY_ADMIN_PASSWORD={s}\" \"LOG_LEVEL=info\"\nExecStart=/usr/bin/grafana-server"
        ),
        ("Kubernetes env list", static (v, s) =>
            $"        env:\n        - name: LOG_LEVEL\n          value: debug\n        - name: MAILJET_SECRET_KEY\n          value: \"{s}\""
        ),
        ("Kubernetes env as JSON", static (v, s) =>
            $$"""{"containers":[{"name":"{{v.Word()}}","env":[{"name":"KEYCLOAK_ADMIN_PASSWORD","value":"{{s}}"},{"name":"PORT","value":"8080"}]}]}"""
        ),
        ("Actions env", static (v, s) =>
            $"    - name: Publish\n      run: make publish\n      env:\n        SONAR_TOKEN: {s}\n        CI: true"
        ),
        ("Heroku config", static (v, s) =>
            $"=== {v.Word()}-{v.Of(Values.Digits, 5)} Config Vars\n\nLANG:                    en_US.UTF-8\nCLOUDINARY_API_SECRET:   {s}\nRACK_ENV:                production"
        ),
        ("Netlify table", static (v, s) =>
            $"|       Key        | Value | Scope |\n|------------------|-------|-------|\n| ALGOLIA_ADMIN_KEY | {s} | All |"
        ),
        ("Vercel pull", static (v, s) =>
            $"# Created by Vercel CLI\nNX_DAEMON=\"\"\nVERCEL_ENV=\"development\"\nKV_REST_API_TOKEN=\"{s}\"\nVERCEL_URL=\"\""
        ),
        ("printenv dump", static (v, s) =>
            $"SHELL=/bin/bash\nPWD=/home/{v.Word()}\nHOME=/home/{v.Word()}\nDATADOG_APP_KEY={s}\nLANG=C.UTF-8\nSHLVL=1\nPATH=/usr/local/bin:/usr/bin:/bin"
        ),
        ("declare -x", static (v, s) => $"declare -x OLDPWD\ndeclare -x VAULT_UNSEAL_KEY=\"{s}\"\ndeclare -x TERM=\"xterm-256color\""),
        ("PowerShell env", static (v, s) => $"$env:ARM_CLIENT_SECRET = '{s}'"),
        ("PowerShell Set-Item", static (v, s) => $"[Environment]::SetEnvironmentVariable(\"OCTOPUS_API_KEY\", \"{s}\", \"User\")"),
        ("fish", static (v, s) => $"set -gx OPENWEATHER_APPID_KEY {s}"),
        ("batch set", static (v, s) => $"set SNOWFLAKE_PASSWORD={s}"),
        ("setx", static (v, s) => $"setx CONFLUENCE_API_TOKEN \"{s}\" /M"),
        ("docker run -e", static (v, s) =>
            $"docker run -d --name {v.Word()} -e TZ=UTC -e MARIADB_ROOT_PASSWORD={s} -p 3306:3306 mariadb:11"
        ),
        ("lower-case camel", static (v, s) => $"sharedAccessKey={s}"),
        ("name without a hint, comment before", static (v, s) =>
            $"# generated with: openssl rand -base64 32 (keep private, rotates every 90 days)\nAPP_SEED={s}"
        ),
        ("name without a hint, comment after", static (v, s) =>
            $"{v.Word().ToUpperInvariant()}_VALUE={s}  # the API key of the production account, do not commit"
        ),
        ("Laravel key", static (v, s) => $"APP_NAME={v.Word()}\nAPP_ENV=production\nAPP_KEY=base64:{s}\nAPP_DEBUG=false"),
    ];

    /// <summary>Files and parts of files with a secret.</summary>
    public static readonly (string Form, Func<Values, string, string> Make)[] Files = [("npmrc", static (v, s) => $$"""
                registry=https://npm.example.com/
                @{{v.Word()}}:registry=https://npm.example.com/
                //npm.example.com/:_authToken={{s}}
                always-auth=true
                """), ("yarnrc.yml", static (v, s) => $$"""
                nodeLinker: node-modules
                npmScopes:
                  {{v.Word()}}:
                    npmRegistryServer: "https://npm.example.org"
                    npmAuthToken: "{{s}}"
                """), ("pypirc", static (v, s) => $$"""
                [distutils]
                index-servers = internal

                [internal]
                repository = https://pypi.{{v.Word()}}.example/legacy/
                username = {{v.Word()}}
                password = {{s}}
                """), ("netrc", static (v, s) =>
            $"machine git.{v.Word()}.example.com login {v.Word()} password {s}\n"
        ), ("netrc in lines", static (v, s) => $"machine api.heroku.com\n  login {v.Word()}@example.com\n  password {s}\n"), ("pgpass", static (v, s) => $"# hostname:port:database:username:password\ndb.{v.Word()}.internal:5432:*:{v.Word()}:{s}\n"), ("my.cnf", static (v, s) => $$"""
                [client]
                user=backup
                password="{{s}}"
                host=10.20.{{v.Of(Values.Digits, 2)}}.7

                [mysqldump]
                quick
                """), ("pip.conf", static (v, s) =>
            $"[global]\nindex-url = https://{v.Word()}:{s}@artifacts.example.com/repository/pypi/simple\ntimeout = 60\n"
        ), ("Maven settings.xml", static (v, s) => $$"""
                <settings>
                  <servers>
                    <server>
                      <id>{{v.Word()}}-releases</id>
                      <username>ci-deploy</username>
                      <password>{{s}}</password>
                    </server>
                  </servers>
                </settings>
                """), ("web.config", static (v, s) =>
            $$"""
                <configuration>
                  <connectionStrings>
                    <add name="Main" connectionString="Data Source=SQL0{{v.Of(
                    Values.Digits,
                    1
                )}};Initial Catalog={{v.Word()}};User Id=svc_web;Pwd={{s}};MultipleActiveResultSets=true" providerName="System.Data.SqlClient" />
                  </connectionStrings>
                </configuration>
                """
        ), ("web.config machineKey", static (v, s) => $$"""
                <system.web>
                  <machineKey validationKey="{{s}}" validation="HMACSHA256" decryption="AES" />
                  <compilation targetFramework="4.8" />
                </system.web>
                """), ("appsettings.json", static (v, s) => $$"""
                {
                  "Logging": { "LogLevel": { "Default": "Information" } },
                  "Smtp": {
                    "Host": "mail.{{v.Word()}}.example",
                    "Port": 587,
                    "User": "noreply",
                    "Password": "{{s}}"
                  },
                  "AllowedHosts": "*"
                }
                """), ("Spring application.yml", static (v, s) => $$"""
                spring:
                  datasource:
                    url: jdbc:postgresql://localhost:5432/{{v.Word()}}
                    username: {{v.Word()}}
                    password: {{s}}
                  jpa:
                    hibernate:
                      ddl-auto: validate
                """), ("wp-config.php", static (v, s) => $$"""
                <?php
                define( 'DB_NAME', '{{v.Word()}}_wp' );
                define( 'DB_USER', '{{v.Word()}}' );
                define( 'DB_PASSWORD', '{{s}}' );
                define( 'DB_HOST', 'localhost' );
                $table_prefix = 'wp_';
                """), ("Terraform tfvars", static (v, s) => $$"""
                region            = "eu-central-1"
                instance_class    = "db.t4g.medium"
                rds_master_user   = "{{v.Word()}}"
                rds_master_passwd = "{{s}}"
                tags = { team = "{{v.Word()}}" }
                """), ("Terraform state", static (v, s) => $$$$"""
                {"version":4,"terraform_version":"1.9.5","resources":[{"mode":"managed","type":"random_password","name":"{{{{v.Word()}}}}","instances":[{"attributes":{"length":24,"special":true,"result":"{{{{s}}}}"}}]}]}
                """), ("Ansible inventory", static (v, s) => $$"""
                [web]
                web01 ansible_host=10.0.4.11 ansible_user={{v.Word()}} ansible_become_pass={{s}}
                web02 ansible_host=10.0.4.12

                [web:vars]
                ansible_python_interpreter=/usr/bin/python3
                """), ("kubeconfig token", static (v, s) => $$"""
                apiVersion: v1
                kind: Config
                clusters:
                - name: {{v.Word()}}
                  cluster:
                    server: https://10.96.0.1:6443
                users:
                - name: {{v.Word()}}-admin
                  user:
                    token: {{s}}
                """), ("docker config identity", static (v, s) => $$"""
                {
                  "auths": {
                    "{{v.Word()}}.azurecr.io": {
                      "username": "00000000-0000-0000-0000-000000000000",
                      "identitytoken": "{{s}}"
                    }
                  },
                  "credsStore": ""
                }
                """), ("gradle.properties", static (v, s) => $$"""
                org.gradle.jvmargs=-Xmx4g
                RELEASE_STORE_FILE=../{{v.Word()}}.jks
                RELEASE_KEY_ALIAS=upload
                RELEASE_STORE_PASSWORD={{s}}
                android.useAndroidX=true
                """), ("aws credentials", static (v, s) => $$"""
                [{{v.Word()}}]
                region = us-west-2
                aws_secret_access_key = {{s}}
                output = json
                """), ("Azure service principal", static (v, s) => $$"""
                {
                  "appId": "{{v.Uuid()}}",
                  "displayName": "{{v.Word()}}-deployer",
                  "password": "{{s}}",
                  "tenant": "{{v.Uuid()}}"
                }
                """), ("OpenStack clouds.yaml", static (v, s) => $$"""
                clouds:
                  {{v.Word()}}:
                    auth:
                      auth_url: https://keystone.example.net:5000/v3
                      application_credential_id: "{{v.Of(Values.HexDigits, 32)}}"
                      application_credential_secret: "{{s}}"
                    auth_type: v3applicationcredential
                """), ("boto HMAC", static (v, s) =>
            $"[Credentials]\ngs_access_key_id = GOOG1E{v.Of(Values.Upper, 12)}\ngs_secret_access_key = {s}\n"
        ), ("git-credentials", static (v, s) => $"https://{v.Word()}:{s}@git.{v.Word()}.example.com\n"), ("chap-secrets", static (v, s) => $"# client\tserver\tsecret\t\t\tIP addresses\n{v.Word()}\t*\t{s}\t*\n"), ("Chrome passwords CSV", static (v, s) => $"name,url,username,password,note\nintranet.example.com,https://intranet.example.com/login,{v.Word()}@example.com,{s},\n"), ("Bitwarden CSV", static (v, s) => $"folder,favorite,type,name,notes,fields,reprompt,login_uri,login_username,login_password,login_totp\nWork,,login,{v.Word()} portal,,,0,https://portal.example.org,{v.Word()},{s},\n"), ("KeePass XML", static (v, s) => $$"""
                <Entry>
                  <String><Key>Title</Key><Value>Router {{v.Word()}}</Value></String>
                  <String><Key>UserName</Key><Value>admin</Value></String>
                  <String><Key>Password</Key><Value ProtectInMemory="True">{{s}}</Value></String>
                </Entry>
                """), ("SQL seed row", static (v, s) =>
            $"INSERT INTO app_users (id, login, plain_password, created_at)\nVALUES (17, '{v.Word()}', '{s}', '2025-02-11 09:14:03');\n"
        ), ("SQL create user", static (v, s) => $"CREATE USER '{v.Word()}'@'10.%' IDENTIFIED BY '{s}';\nGRANT SELECT, INSERT ON shop.* TO '{v.Word()}'@'10.%';\n"), ("odbc.ini", static (v, s) => $$"""
                [Warehouse]
                Driver   = ODBC Driver 18 for SQL Server
                Server   = tcp:wh.example.net,1433
                UID      = {{v.Word()}}
                PWD      = {{s}}
                Encrypt  = yes
                """), ("grafana.ini", static (v, s) =>
            $"[auth.generic_oauth]\nenabled = true\nname = {v.Word()}\nclient_id = grafana\nclient_secret = {s}\nscopes = openid profile email\n"
        ), ("msmtprc", static (v, s) => $"account default\nhost smtp.example.com\nport 587\nauth on\ntls on\nuser {v.Word()}@example.com\npassword {s}\n"), ("nginx header", static (v, s) => $$"""
                location /api/ {
                    proxy_pass https://upstream_{{v.Word()}};
                    proxy_set_header Host $host;
                    proxy_set_header Authorization "Bearer {{s}}";
                }
                """), ("HAProxy userlist", static (v, s) =>
            $"userlist stats_users\n    user {v.Word()} insecure-password {s}\n\nfrontend fe_http\n    bind *:80\n"
        ), ("WireGuard", static (v, s) => $$"""
                [Interface]
                Address = 10.8.0.{{v.Of(Values.Digits, 2)}}/32
                PrivateKey = {{s}}
                DNS = 10.8.0.1

                [Peer]
                AllowedIPs = 0.0.0.0/0
                Endpoint = vpn.example.org:51820
                """), ("OpenVPN inline login", static (v, s) =>
            $"client\ndev tun\nremote vpn.example.org 1194 udp\n<auth-user-pass>\n{v.Word()}\n{s}\n</auth-user-pass>\nverb 3\n"
        ), ("wpa_supplicant", static (v, s) => $$"""
                ctrl_interface=DIR=/var/run/wpa_supplicant GROUP=netdev
                network={
                    ssid="{{v.Word()}}-office"
                    psk="{{s}}"
                    key_mgmt=WPA-PSK
                }
                """), ("ipsec.secrets", static (v, s) =>
            $"# strongSwan\n198.51.100.7 203.0.113.{v.Of(Values.Digits, 2)} : PSK \"{s}\"\n"
        ), ("Jupyter notebook", static (v, s) => $$$$"""
                {"cells":[{"cell_type":"code","execution_count":3,"metadata":{},"outputs":[],"source":["import openai\n","client = openai.OpenAI(api_key='{{{{s}}}}')\n","print(client.models.list())"]}],"metadata":{"language_info":{"name":"python"}},"nbformat":4,"nbformat_minor":5}
                """), ("HAR cookie", static (v, s) => $$$$"""
                {"log":{"version":"1.2","entries":[{"request":{"method":"GET","url":"https://app.example.com/{{{{v.Word()}}}}","headers":[{"name":"Accept","value":"*/*"},{"name":"Cookie","value":"theme=dark; sessionid={{{{s}}}}; lang=de"}]},"response":{"status":200}}]}}
                """), ("Postman collection", static (v, s) => $$"""
                {
                  "info": { "name": "{{v.Word()}}", "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json" },
                  "auth": {
                    "type": "apikey",
                    "apikey": [
                      { "key": "key", "value": "X-API-Key", "type": "string" },
                      { "key": "value", "value": "{{s}}", "type": "string" }
                    ]
                  }
                }
                """), ("Insomnia request", static (v, s) => $$"""
                - _type: request
                  name: List {{v.Word()}}
                  method: GET
                  url: https://api.example.com/v2/items
                  authentication:
                    type: bearer
                    token: {{s}}
                """), ("curl script", static (v, s) => $$"""
                #!/bin/sh
                set -eu
                curl -fsS -u '{{v.Word()}}:{{s}}' \
                  -T "build/{{v.Word()}}.tar.gz" \
                  https://files.example.com/upload/
                """), ("Cargo credentials.toml", static (v, s) =>
            $"[registries.{v.Word()}]\ntoken = \"Bearer {s}\"\n"
        ), ("Streamlit secrets.toml", static (v, s) => $"[connections.{v.Word()}]\ndialect = \"mysql\"\nusername = \"reader\"\npassword = \"{s}\"\nport = 3306\n"), ("XML plist", static (v, s) => $$"""
                <plist version="1.0">
                <dict>
                    <key>BundleName</key>
                    <string>{{v.Word()}}</string>
                    <key>MapsAPIKey</key>
                    <string>{{s}}</string>
                </dict>
                </plist>
                """), ("ssh config sshpass", static (v, s) =>
            $"Host {v.Word()}-bastion\n    HostName 192.0.2.{v.Of(Values.Digits, 2)}\n    User ops\n    ProxyCommand sshpass -p '{s}' ssh -W %h:%p jump@gate.example.net\n"
        ), ("Python source", static (v, s) => $$"""
                import psycopg2

                def connect():
                    return psycopg2.connect(host="db1", dbname="{{v.Word()}}", user="{{v.Word()}}", password="{{s}}")
                """), ("JavaScript source", static (v, s) => $$"""
                const mysql = require('mysql2');
                const pool = mysql.createPool({ host: '127.0.0.1', user: '{{v.Word()}}', password: '{{s}}', database: '{{v.Word()}}' });
                module.exports = pool;
                """), ("Go source", static (v, s) => $$"""
                package main

                const (
                    apiHost   = "https://api.example.com"
                    apiSecret = "{{s}}"
                )
                """), ("Java source", static (v, s) => $$"""
                public final class {{v.Word()}}Client {
                    private static final String ADMIN_PASSWORD = "{{s}}";
                    private static final int TIMEOUT_MS = 5000;
                }
                """), ("C# source", static (v, s) => $$"""
                var handler = new HttpClientHandler
                {
                    Credentials = new NetworkCredential("{{v.Word()}}", "{{s}}", "CORP"),
                    PreAuthenticate = true,
                };
                """), ("Ruby source", static (v, s) => $$"""
                Aws.config.update(
                  region: 'eu-west-1',
                  credentials: Aws::Credentials.new('AKIA{{v.Of(Values.Upper + "234567", 16)}}', '{{s}}')
                )
                """), ("PHP source", static (v, s) => $$"""
                <?php
                $config['db']['user'] = '{{v.Word()}}';
                $config['db']['pass'] = '{{s}}';
                $config['db']['port'] = 3306;
                """), ("Rust source", static (v, s) => $$"""
                static JWT_SECRET: &str = "{{s}}";

                pub fn issuer() -> &'static str {
                    "{{v.Word()}}"
                }
                """), ("Swift source", static (v, s) => $$"""
                struct Secrets {
                    static let baseURL = URL(string: "https://{{v.Word()}}.example.com")!
                    static let apiToken: String = "{{s}}"
                }
                """), ("Arduino source", static (v, s) => $$"""
                #include <WiFi.h>
                #define WIFI_SSID "{{v.Word()}}"
                #define WIFI_PASS "{{s}}"
                void setup() { WiFi.begin(WIFI_SSID, WIFI_PASS); }
                """), ("NuGet.config", static (v, s) => $$"""
                <packageSourceCredentials>
                  <Internal>
                    <add key="Username" value="build" />
                    <add key="ClearTextPassword" value="{{s}}" />
                  </Internal>
                </packageSourceCredentials>
                """)];

    /// <summary>A secret behind an encoding or a nesting.</summary>
    public static readonly (string Form, Func<Values, string, string> Make)[] Wrapped =
    [
        ("Basic header", static (v, s) => $"Authorization: Basic {Base64($"{v.Word()}:{s}")}"),
        ("Basic proxy header in curl", static (v, s) =>
            $"curl -x http://proxy:3128 --proxy-header 'Proxy-Authorization: Basic {Base64($"{v.Word()}:{s}")}' https://example.com/"
        ),
        ("Kubernetes Secret YAML", static (v, s) => $$"""
                apiVersion: v1
                kind: Secret
                metadata:
                  name: {{v.Word()}}-db
                type: Opaque
                data:
                  username: {{Base64(v.Word())}}
                  password: {{Base64(s)}}
                """),
        ("Kubernetes Secret JSON", static (v, s) =>
            $$"""{"apiVersion":"v1","kind":"Secret","metadata":{"name":"{{v.Word()}}","namespace":"default"},"data":{"api-token":"{{Base64(s + "\n")}}"},"type":"Opaque"}"""
        ),
        ("docker config auth", static (v, s) =>
            $$$$"""{"auths":{"https://index.docker.io/v1/":{"auth":"{{{{Base64($"{v.Word()}:{s}")}}}}"}}}"""
        ),
        ("npmrc base64 password", static (v, s) =>
            $"//npm.example.com/:username={v.Word()}\n//npm.example.com/:_password={Base64(s)}\n//npm.example.com/:email=ci@example.com\n"
        ),
        ("form body", static (v, s) => $"grant_type=password&username={v.Word()}%40example.com&password={Percent(s)}&scope=openid+profile"),
        ("query", static (v, s) => $"GET /v1/{v.Word()}?format=json&api_key={Percent(s)}&page=2 HTTP/1.1"),
        ("query in a query", static (v, s) =>
            $"https://login.example.com/continue?to={Percent($"https://app.example.com/cb?access_token={Percent(s)}&state={v.Word()}")}"
        ),
        ("URL with an encoded password", static (v, s) =>
            $"mongodb+srv://{v.Word()}:{Percent(s)}@cluster0.{v.Of(Values.Lower, 5)}.mongodb.net/?retryWrites=true"
        ),
        ("JSON in JSON", static (v, s) => $$"""{"type":"text","text":"{{Json($$"""{"host":"db.{{v.Word()}}","password":"{{s}}"}""")}}"}"""),
        ("JSON three deep", static (v, s) =>
            $$"""{"result":"{{Json($$"""{"body":"{{Json($$"""{"user":"{{v.Word()}}","client_secret":"{{s}}"}""")}}"}""")}}"}"""
        ),
        ("Lambda event body", static (v, s) =>
            $$"""{"version":"2.0","rawPath":"/login","isBase64Encoded":true,"body":"{{Base64($$"""{"email":"{{v.Word()}}@example.com","password":"{{s}}"}""")}}"}"""
        ),
        ("HTML named entities", static (v, s) =>
            $"<pre>{{&quot;service&quot;:&quot;{v.Word()}&quot;,&quot;secretKey&quot;:&quot;{s}&quot;}}</pre>"
        ),
        ("HTML numeric entities", static (v, s) => $"<input type=\"password\" name=\"passwd\" value=\"{Entities(s)}\">"),
        ("quoted-printable mail", static (v, s) =>
            $"Subject: Your account\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nWelcome {v.Word()}, your account has been set up by the service desk on Mo=\nnday.\nPassword: {s.Replace("=", "=3D", StringComparison.Ordinal)}\n"
        ),
        ("quoted-printable soft break", static (v, s) =>
            $"Content-Transfer-Encoding: quoted-printable\n\nUse the temporary login name {v.Word()} and the password: {s[..4].Replace("=", "=3D", StringComparison.Ordinal)}=\n{s[4..].Replace("=", "=3D", StringComparison.Ordinal)}\n"
        ),
        ("base64 of JSON in a variable", static (v, s) =>
            $"SERVICE_ACCOUNT_B64={Base64($$"""{"type":"service_account","client_id":"{{v.Of(Values.Digits, 21)}}","client_secret":"{{s}}"}""")}"
        ),
        ("data URL", static (v, s) =>
            $"<a download=\".env\" href=\"data:text/plain;base64,{Base64($"NODE_ENV=production\nSESSION_SECRET={s}\n")}\">{v.Word()}</a>"
        ),
        ("unsigned JWT with a password", static (v, s) =>
            $"{Base64Url("{\"alg\":\"none\",\"typ\":\"JWT\"}")}.{Base64Url($$"""{"sub":"{{v.Word()}}","password":"{{s}}","exp":1893456000}""")}."
        ),
        ("curl -d shell-quoted", static (v, s) =>
            $"curl -X POST https://api.example.com/sessions -H 'Content-Type: application/json' -d \"{{\\\"login\\\":\\\"{v.Word()}\\\",\\\"password\\\":\\\"{s}\\\"}}\""
        ),
        ("XML in JSON", static (v, s) =>
            $$"""{"payload":"{{Json($"<?xml version=\"1.0\"?>\n<wsse:UsernameToken><wsse:Username>{v.Word()}</wsse:Username><wsse:Password Type=\"PasswordText\">{s}</wsse:Password></wsse:UsernameToken>")}}","encoding":"utf-8"}"""
        ),
        ("escaped XML", static (v, s) =>
            $"<request>&lt;login&gt;&lt;user&gt;{v.Word()}&lt;/user&gt;&lt;password&gt;{s}&lt;/password&gt;&lt;/login&gt;</request>"
        ),
        ("YAML in JSON", static (v, s) =>
            $$"""{"path":"values.yaml","content":"image:\n  tag: \"1.4\"\npostgresql:\n  auth:\n    username: {{v.Word()}}\n    postgresPassword: \"{{Json(Json(s))}}\"\n"}"""
        ),
        ("SQL in JSON", static (v, s) =>
            $$$$"""{"tool":"query","arguments":{"sql":"ALTER ROLE \"{{{{v.Word()}}}}\" WITH LOGIN PASSWORD '{{{{s}}}}' VALID UNTIL 'infinity';"}}"""
        ),
        ("Python dict repr with bytes", static (v, s) =>
            $"{{'status': 200, 'url': 'https://api.example.com/{v.Word()}', 'headers': {{b'X-Auth-Token': b'{s}', b'Accept': b'*/*'}}}}"
        ),
        ("Python dict repr in JSON", static (v, s) =>
            $$"""{"level":"debug","msg":"kwargs={'host': '{{v.Word()}}', 'port': 5432, 'passwd': '{{s}}', 'timeout': None}"}"""
        ),
        ("Go struct dump", static (v, s) => $"&{{Addr:{v.Word()}:6379 Username:default Password:{s} DB:0 MaxRetries:3 TLS:<nil>}}"),
        ("Go quoted string", static (v, s) =>
            $"body=\"{{\\\"grant_type\\\":\\\"client_credentials\\\",\\\"client_id\\\":\\\"{v.Word()}\\\",\\\"client_secret\\\":\\\"{s}\\\"}}\\n\""
        ),
        ("PowerShell encoded command", static (v, s) =>
            $"powershell.exe -NoProfile -EncodedCommand {Convert.ToBase64String(System.Text.Encoding.Unicode.GetBytes($"net use Z: \\\\{v.Word()}\\share /user:CORP\\backup; $password = '{s}'"))}"
        ),
    ];

    /// <summary>Log lines and error messages with a secret.</summary>
    public static readonly (string Form, Func<Values, string, string> Make)[] Logs =
    [
        ("Rails parameters", static (v, s) =>
            $"I, [2025-05-06T10:11:12.345678 #{v.Of(Values.Digits, 4)}]  INFO -- :   Parameters: {{\"user\"=>{{\"email\"=>\"{v.Word()}@example.com\", \"password\"=>\"{s}\"}}, \"commit\"=>\"Log in\"}}"
        ),
        ("Django debug page", static (v, s) =>
            $"Environment:\n\nRequest Method: GET\nRequest URL: http://localhost:8000/{v.Word()}/\nDjango Version: 5.1.2\nSettings: EMAIL_HOST_PASSWORD = '{s}'\nException Type: OperationalError at /{v.Word()}/"
        ),
        ("Spring binding failure", static (v, s) =>
            $"2025-05-06 10:11:12.345 ERROR 1 --- [           main] o.s.b.d.LoggingFailureAnalysisReporter   : Failed to bind properties under 'app.mail':\n\n    Property: app.mail.password\n    Value: \"{s}\"\n    Origin: class path resource [application.yml] - 14:15"
        ),
        ("ASP.NET Core request", static (v, s) =>
            $"info: Microsoft.AspNetCore.Hosting.Diagnostics[1]\n      Request starting HTTP/2 GET https://{v.Word()}.example.com/hub/negotiate?access_token={s} - - -"
        ),
        ("Laravel PDO trace", static (v, s) =>
            $"[2025-05-06 10:11:12] production.ERROR: SQLSTATE[HY000] [2002] Connection refused\n#0 /var/www/vendor/laravel/framework/src/Illuminate/Database/Connectors/Connector.php(70): PDO->__construct('mysql:host=db;dbname={v.Word()}', '{v.Word()}', '{s}', Array)\n#1 {{main}}"
        ),
        ("Node axios error", static (v, s) =>
            $"AxiosError: Request failed with status code 403\n    at settle (/app/node_modules/axios/lib/core/settle.js:19:12) {{\n  config: {{\n    url: 'https://api.example.com/{v.Word()}',\n    method: 'get',\n    headers: {{ Accept: 'application/json', 'X-Api-Key': '{s}' }}\n  }}\n}}"
        ),
        ("pino JSON", static (v, s) =>
            $$$$"""{"level":30,"time":17465{{{{v.Of(Values.Digits, 8)}}}},"pid":19,"hostname":"{{{{v.Word()}}}}","req":{"method":"POST","url":"/refresh","body":{"refreshToken":"{{{{s}}}}"}},"msg":"incoming request"}"""
        ),
        ("Python requests debug", static (v, s) =>
            $"DEBUG:urllib3.connectionpool:https://maps.example.com:443 \"GET /geocode/json?address={v.Word()}&key={s} HTTP/1.1\" 200 None"
        ),
        ("Python traceback", static (v, s) =>
            $"Traceback (most recent call last):\n  File \"/srv/{v.Word()}/sync.py\", line 41, in <module>\n    client = Client(\"{v.Word()}\", password=\"{s}\")\nTypeError: Client.__init__() missing 1 required positional argument: 'tenant'"
        ),
        ("Go logfmt", static (v, s) =>
            $"time=2025-05-06T10:11:12Z level=warn msg=\"dial failed\" host={v.Word()}.internal user=app password={s} attempt=3"
        ),
        ("Go URL error", static (v, s) =>
            $"2025/05/06 10:11:12 Post \"https://api.example.com/bot/{v.Word()}?auth_token={s}\": dial tcp: lookup api.example.com: no such host"
        ),
        ("Rust tracing", static (v, s) =>
            $"2025-05-06T10:11:12.345678Z DEBUG {v.Word()}::auth: login request Credentials {{ username: \"{v.Word()}\", password: \"{s}\" }}"
        ),
        ("Elixir Phoenix", static (v, s) =>
            $"10:11:12.345 request_id=F{v.Of(Values.AlphaNumeric, 19)} [debug] Processing with ApiWeb.SessionController.create/2\n  Parameters: %{{\"login\" => \"{v.Word()}\", \"pin_secret\" => \"{s}\"}}\n  Pipelines: [:api]"
        ),
        ("Java map dump", static (v, s) =>
            $"10:11:12.345 [pool-2-thread-7] DEBUG c.e.{v.Word()}.TokenClient - token response: {{access_token={s}, token_type=Bearer, expires_in=3600}}"
        ),
        ("Kafka client config", static (v, s) =>
            $"[2025-05-06 10:11:12,345] INFO ProducerConfig values:\n\tacks = -1\n\tbootstrap.servers = [{v.Word()}:9093]\n\tsasl.jaas.config = org.apache.kafka.common.security.plain.PlainLoginModule required username=\"{v.Word()}\" password=\"{s}\";\n\tsecurity.protocol = SASL_SSL"
        ),
        ("Kotlin data class", static (v, s) =>
            $"2025-05-06 10:11:12 [DefaultDispatcher-worker-3] INFO  Ktor.Application - Received LoginRequest(username={v.Word()}, password={s}, rememberMe=true)"
        ),
        ("nginx access", static (v, s) =>
            $"203.0.113.{v.Of(Values.Digits, 2)} - - [06/May/2025:10:11:12 +0000] \"GET /reset-password?token={s} HTTP/1.1\" 200 5123 \"-\" \"Mozilla/5.0 (X11; Linux x86_64)\""
        ),
        ("IIS access", static (v, s) =>
            $"2025-05-06 10:11:12 10.0.0.5 GET /api/{v.Word()} apikey={s} 443 - 198.51.100.{v.Of(Values.Digits, 2)} python-requests/2.32 - 200 0 0 46"
        ),
        ("sudo audit", static (v, s) =>
            $"May  6 10:11:12 {v.Word()} sudo:   deploy : TTY=pts/0 ; PWD=/home/deploy ; USER=root ; COMMAND=/usr/sbin/useradd -m -p {s} {v.Word()}"
        ),
        ("CloudTrail-like audit", static (v, s) =>
            $$$$"""{"eventTime":"2025-05-06T10:11:12Z","eventSource":"rds.example.com","eventName":"ModifyDBInstance","requestParameters":{"dBInstanceIdentifier":"{{{{v.Word()}}}}","masterUserPassword":"{{{{s}}}}","applyImmediately":true}}"""
        ),
        ("curl verbose", static (v, s) =>
            $"* Connected to api.example.com (203.0.113.9) port 443\n> GET /v3/{v.Word()} HTTP/2\n> Host: api.example.com\n> user-agent: curl/8.5.0\n> PRIVATE-TOKEN: {s}\n>\n< HTTP/2 401"
        ),
        ("GraphQL variables", static (v, s) =>
            $$"""[graphql] operation=SignIn query="mutation SignIn($email: String!, $password: String!) { signIn(email: $email, password: $password) { id } }" variables={"email":"{{v.Word()}}@example.com","password":"{{s}}"} duration=41ms"""
        ),
        ("webhook delivery", static (v, s) =>
            $"[webhooks] delivery {v.Uuid()} -> https://{v.Word()}.example.com/hook\n  Content-Type: application/json\n  X-Webhook-Secret: {s}\n  response: 502 Bad Gateway (retry in 30s)"
        ),
        ("CI echo", static (v, s) =>
            $"2025-05-06T10:11:12.3456789Z ##[group]Run docker login\n2025-05-06T10:11:12.3460000Z + docker login registry.example.com -u {v.Word()} -p {s}\n2025-05-06T10:11:13.0000000Z Login Succeeded"
        ),
        ("PostgreSQL statement", static (v, s) =>
            $"2025-05-06 10:11:12.345 UTC [{v.Of(Values.Digits, 5)}] postgres@app LOG:  statement: CREATE ROLE {v.Word()} LOGIN PASSWORD '{s}';"
        ),
        ("SQL Server statement", static (v, s) =>
            $"Msg 15023, Level 16, State 1, Line 1 Statement: ALTER LOGIN [{v.Word()}] WITH PASSWORD = N'{s}', CHECK_POLICY = OFF"
        ),
        ("Dovecot password mismatch", static (v, s) =>
            $"May 06 10:11:12 auth: Info: passwd-file({v.Word()}@example.com,198.51.100.7): Password mismatch (given password: {s})"
        ),
        ("ldapsearch command", static (v, s) =>
            $"+ ldapsearch -x -H ldaps://dc1.example.com -D cn=svc-{v.Word()},ou=services,dc=example,dc=com -w {s} -b dc=example,dc=com (uid={v.Word()})\nldap_bind: Invalid credentials (49)"
        ),
        ("Celery broker", static (v, s) =>
            $"[2025-05-06 10:11:12,345: ERROR/MainProcess] consumer: Cannot connect to amqp://{v.Word()}:{s}@rabbit.internal:5672//: [Errno 111] Connection refused."
        ),
        ("git push error", static (v, s) =>
            $"remote: HTTP Basic: Access denied\nfatal: Authentication failed for 'https://oauth2:{s}@gitlab.example.com/{v.Word()}/{v.Word()}.git/'"
        ),
    ];

    private static string Base64(string text) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));

    private static string Base64Url(string text) => Base64(text).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static string Percent(string text) => Uri.EscapeDataString(text);

    private static string Json(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal);

    private static string Entities(string text) =>
        string.Concat(
            text.Select(static c =>
                char.IsAsciiLetterOrDigit(c)
                    ? c.ToString()
                    : "&#" + ((int)c).ToString(System.Globalization.CultureInfo.InvariantCulture) + ";"
            )
        );
}
