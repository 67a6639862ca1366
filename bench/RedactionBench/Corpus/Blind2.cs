using System.Net;
using System.Text;

namespace Kilometers.RedactionBench.Corpus;

/// <summary>
/// 200 forms as a full-stack engineer of a small US company meets them, in the proportion of an audit. The author had seen neither a rule nor another form.
/// </summary>
internal static class Blind2
{
    private const string Base64Digits = Values.AlphaNumeric + "+/";
    private const string Base32 = Values.Upper + "234567";
    private const string Bech32 = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L";

    private static string B64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static string B64Url(string text) => B64(text).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static string Esc(string text) => Uri.EscapeDataString(text);

    /// <summary>One level of JSON string escaping, without the quotes around.</summary>
    private static string Js(string text) => text.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n");

    private static string Armor(Values v, string kind, string start, int lines, string end, int width = 64, string after = "")
    {
        var body = new StringBuilder();
        body.Append("-----BEGIN ").Append(kind).Append("-----\n").Append(after.Length > 0 ? after + "\n\n" : "");
        body.Append(start).Append(v.Of(Base64Digits, width - start.Length)).Append('\n');
        for (var line = 0; line < lines; line++)
            body.Append(v.Of(Base64Digits, width)).Append('\n');
        body.Append(v.Of(Base64Digits, 44 - end.Length)).Append(end).Append('\n');
        if (kind.StartsWith("PGP", StringComparison.Ordinal))
            body.Append('=').Append(v.Of(Base64Digits, 4)).Append('\n');
        return body.Append("-----END ").Append(kind).Append("-----").ToString();
    }

    public static readonly (string Form, Func<Values, string> Make)[] Tokens =
    [
        // Source hosting and CI
        ("GitHub classic", static v => "gh" + "p_" + v.Of(Values.AlphaNumeric, 36)),
        ("GitHub fine-grained", static v => "github" + "_pat_" + v.Of(Values.AlphaNumeric, 22) + "_" + v.Of(Values.AlphaNumeric, 59)),
        ("GitHub OAuth", static v => "gh" + "o_" + v.Of(Values.AlphaNumeric, 36)),
        ("GitHub installation", static v => "gh" + "s_" + v.Of(Values.AlphaNumeric, 36)),
        ("GitLab personal", static v => "glp" + "at-" + v.Of(Values.Url, 20)),
        ("GitLab runner", static v => "glr" + "t-" + v.Of(Values.Url, 20)),
        ("Bitbucket app password", static v => "AT" + "BB" + v.Of(Values.AlphaNumeric, 24) + v.Hex(8).ToUpperInvariant()),
        ("Atlassian API token", static v => "ATA" + "TT3xFfGF0" + v.Of(Values.Url, 171) + "=" + v.Hex(8).ToUpperInvariant()),
        ("CircleCI personal", static v => "CCI" + "PAT_" + v.Of(Values.AlphaNumeric, 22) + "_" + v.Hex(40)),
        ("Buildkite user", static v => "bk" + "ua_" + v.Hex(40)),
        ("SonarQube project", static v => "sq" + "p_" + v.Hex(40)),
        // Clouds and hosting
        ("AWS access key ID", static v => "AK" + "IA" + v.Of(Base32, 16)),
        ("AWS Bedrock long-term key", static v =>
            "AB"
            + "SK"
            + B64("BedrockAPIKey-" + v.Of(Values.Lower + Values.Digits, 4) + "-at-" + v.Of(Values.Digits, 12) + ":" + v.Base64(32))
        ),
        ("Google API key", static v => "AI" + "za" + "Sy" + v.Of(Values.Url, 33)),
        ("Google OAuth client secret", static v => "GOC" + "SPX-" + v.Of(Values.Url, 28)),
        ("Google OAuth access token", static v => "ya" + "29.a0A" + v.Of(Values.Url, 160, 210)),
        ("Azure client secret", static v => v.Of(Values.AlphaNumeric, 3) + "8" + "Q~" + v.Of(Values.AlphaNumeric + "-_.~", 34)),
        ("Azure storage connection string", static v =>
            $"DefaultEndpointsProtocol=https;AccountName={v.Word()}assets;Account" + $"Key={v.Base64(64)};EndpointSuffix=core.windows.net"
        ),
        ("DigitalOcean personal", static v => "do" + "p_v1_" + v.Hex(64)),
        ("Heroku", static v => "HR" + "KU-AA" + v.Of(Values.Url, 58)),
        ("Fly.io macaroon", static v => "Fly" + "V1 fm2_" + v.Base64(120)),
        ("Netlify personal", static v => "nf" + "p_" + v.Of(Values.AlphaNumeric, 36)),
        ("Cloudflare origin CA key", static v => "v1" + ".0-" + v.Hex(24) + "-" + v.Hex(146)),
        ("Supabase access token", static v => "sb" + "p_" + v.Hex(40)),
        ("PlanetScale password", static v => "psc" + "ale_pw_" + v.Of(Values.Url, 43)),
        ("Databricks", static v => "da" + "pi" + v.Hex(32)),
        // Infrastructure tools
        ("Vault service token", static v => "hv" + "s.CAESI" + v.Of(Values.Url, 88)),
        ("Terraform Cloud", static v => v.Of(Values.AlphaNumeric, 14) + ".atlas" + "v1." + v.Of(Values.Url, 67)),
        ("Pulumi", static v => "pu" + "l-" + v.Hex(40)),
        ("Doppler personal", static v => "dp" + ".pt." + v.Of(Values.AlphaNumeric, 43)),
        ("Tailscale auth key", static v => "tsk" + "ey-auth-k" + v.Of(Values.AlphaNumeric, 11) + "CNTRL-" + v.Of(Values.AlphaNumeric, 32)),
        ("1Password service account", static v =>
            "op"
            + "s_"
            + B64Url(
                $$"""{"signInAddress":"my.1password.com","userAuth":{"method":"SRPg-4096","alg":"PBES2g-HS256","iterations":650000,"salt":"{{v.Of(Values.Url, 22)}}"},"email":"{{v.Of(Values.Lower + Values.Digits, 13)}}@1passwordserviceaccounts.com","srpX":"{{v.Hex(64)}}","secretKey":"A3-{{v.Of(Values.Upper, 6)}}"}"""
            )
        ),
        // Package registries
        ("npm", static v => "np" + "m_" + v.Of(Values.AlphaNumeric, 36)),
        ("PyPI", static v => "py" + "pi-AgEIcHlwaS5vcmc" + v.Of(Values.Url, 140, 170)),
        ("RubyGems", static v => "ruby" + "gems_" + v.Hex(48)),
        ("Docker Hub personal", static v => "dck" + "r_pat_" + v.Of(Values.Url, 27)),
        // Chat
        ("Slack bot", static v => "xo" + "xb-" + v.Of("123456789", 12) + "-" + v.Of("123456789", 13) + "-" + v.Of(Values.AlphaNumeric, 24)),
        ("Slack user", static v =>
            "xo" + "xp-" + v.Of("123456789", 12) + "-" + v.Of("123456789", 12) + "-" + v.Of("123456789", 13) + "-" + v.Hex(32)
        ),
        ("Slack app-level", static v =>
            "xa" + "pp-1-A0" + v.Of(Values.Upper + Values.Digits, 9) + "-" + v.Of("123456789", 13) + "-" + v.Hex(64)
        ),
        ("Slack webhook", static v =>
            "https://hooks.sl"
            + "ack.com/services/T0"
            + v.Of(Values.Upper + Values.Digits, 9)
            + "/B0"
            + v.Of(Values.Upper + Values.Digits, 9)
            + "/"
            + v.Of(Values.AlphaNumeric, 24)
        ),
        ("Discord bot", static v => "MT" + v.Of(Values.AlphaNumeric, 24) + "." + "G" + v.Of(Values.Url, 5) + "." + v.Of(Values.Url, 38)),
        ("Discord webhook", static v => "https://disc" + "ord.com/api/webhooks/1" + v.Of(Values.Digits, 18) + "/" + v.Of(Values.Url, 68)),
        ("Telegram bot", static v => "7" + v.Of(Values.Digits, 9) + ":A" + "A" + v.Of(Values.Url, 33)),
        // Payments and commerce
        ("Stripe secret", static v => "sk" + "_live_51" + v.Of(Values.AlphaNumeric, 97)),
        ("Stripe restricted", static v => "rk" + "_live_51" + v.Of(Values.AlphaNumeric, 97)),
        ("Stripe webhook signing", static v => "wh" + "sec_" + v.Of(Values.AlphaNumeric, 32)),
        ("Shopify admin", static v => "shp" + "at_" + v.Hex(32)),
        ("Square application secret", static v => "sq" + "0csp-" + v.Of(Values.Url, 43)),
        ("Plaid access token", static v => "acc" + "ess-production-" + v.Uuid()),
        // AI
        ("OpenAI project", static v => "sk" + "-proj-" + v.Of(Values.Url, 74) + "T3Blbk" + "FJ" + v.Of(Values.Url, 74)),
        ("OpenAI legacy", static v => "s" + "k-" + v.Of(Values.AlphaNumeric, 20) + "T3Blbk" + "FJ" + v.Of(Values.AlphaNumeric, 20)),
        ("Anthropic", static v => "sk" + "-ant-api03-" + v.Of(Values.Url, 93) + "AA"),
        ("OpenRouter", static v => "sk" + "-or-v1-" + v.Hex(64)),
        ("Hugging Face", static v => "h" + "f_" + v.Of(Values.Lower + Values.Upper, 34)),
        ("Groq", static v => "gs" + "k_" + v.Of(Values.AlphaNumeric, 52)),
        // Mail, productivity, monitoring
        ("SendGrid", static v => "S" + "G." + v.Of(Values.Url, 22) + "." + v.Of(Values.Url, 43)),
        ("Mailchimp", static v => v.Hex(32) + "-us" + v.Any("1", "6", "12", "21")),
        ("Linear", static v => "lin" + "_api_" + v.Of(Values.AlphaNumeric, 40)),
        ("Notion", static v => "nt" + "n_" + v.Of(Values.Digits, 11) + v.Of(Values.AlphaNumeric, 35)),
        ("Airtable personal", static v => "pa" + "t" + v.Of(Values.AlphaNumeric, 14) + "." + v.Hex(64)),
        ("Postman", static v => "PM" + "AK-" + v.Hex(24) + "-" + v.Hex(34)),
        ("Sentry user", static v => "snt" + "ryu_" + v.Hex(64)),
        ("Grafana service account", static v => "gl" + "sa_" + v.Of(Values.AlphaNumeric, 32) + "_" + v.Hex(8)),
        ("New Relic user key", static v => "NR" + "AK-" + v.Of(Values.Upper + Values.Digits, 27)),
        // General forms
        ("JWT HS256", static v =>
            B64Url("""{"alg":"HS256","typ":"JWT"}""")
            + "."
            + B64Url(
                $$"""{"sub":"usr_{{v.Of(Values.AlphaNumeric, 12)}}","email":"{{v.Word()}}@acme.io","role":"admin","iat":1748{{v.Of(Values.Digits, 6)}},"exp":1780{{v.Of(Values.Digits, 6)}}}"""
            )
            + "."
            + v.Of(Values.Url, 43)
        ),
        ("age identity", static v => "AGE-SEC" + "RET-KEY-1" + v.Of(Bech32, 58)),
        ("OpenSSH private key", static v =>
            Armor(v, "OPENSSH PRIV" + "ATE KEY", "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW", 4, "=", 70)
        ),
        ("PGP private key", static v =>
            Armor(v, "PGP PRIV" + "ATE KEY BLOCK", "lFgEZ", 8, "=", 64, "Comment: " + v.Word() + " release signing")
        ),
        ("RSA private key", static v => Armor(v, "RSA PRIV" + "ATE KEY", "MIIEpAIBAAKCAQEA", 23, "==")),
        ("PKCS#8 private key", static v => Armor(v, "PRIV" + "ATE KEY", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC", 24, "=")),
        ("HTTPS URL with user and password", static v =>
            "https://ci-" + v.Word() + ":" + v.Of(Values.AlphaNumeric, 18) + $"@git.{v.Word()}.io/platform/{v.Word()}.git"
        ),
        ("PostgreSQL URL", static v =>
            $"postgres://{v.Word()}_app:"
            + v.Of(Values.AlphaNumeric, 20)
            + $"@{v.Word()}-prod.c{v.Of(Values.Lower + Values.Digits, 11)}.us-east-1.rds.amazonaws.com:5432/{v.Word()}_production?sslmode=require"
        ),
        ("Redis TLS URL", static v =>
            "rediss://default:" + v.Of(Values.AlphaNumeric, 32) + $"@{v.Word()}-{v.Word()}-{v.Of("123456789", 5)}.upstash.io:6379"
        ),
        ("MongoDB Atlas URL", static v =>
            $"mongodb+srv://{v.Word()}:"
            + v.Of(Values.AlphaNumeric, 16)
            + $"@cluster0.{v.Of(Values.Lower + Values.Digits, 5)}.mongodb.net/{v.Word()}?retryWrites=true&w=majority"
        ),
    ];

    public static readonly (string Form, Func<Values, string, string> Make)[] Settings = [(".env database", static (v, s) => $$"""
                NODE_ENV=production
                PORT=3000
                DB_HOST={{v.Word()}}-db.internal
                DB_PORT=5432
                DB_USER={{v.Word()}}
                DB_PASSWORD={{s}}
                DB_NAME={{v.Word()}}_production
                """), ("export AWS secret", static (v, s) => $$"""
                export AWS_DEFAULT_REGION=us-west-2
                export AWS_SECRET_ACCESS_KEY={{s}}
                export AWS_PAGER=""
                """), ("Dockerfile ENV", static (v, s) => $$"""
                FROM node:22-alpine
                WORKDIR /app
                ENV NODE_ENV=production
                ENV SESSION_SECRET={{s}}
                COPY package*.json ./
                RUN npm ci --omit=dev
                CMD ["node", "dist/server.js"]
                """), ("Dockerfile ARG default", static (v, s) => $$"""
                FROM ruby:3.3-slim AS build
                ARG BUNDLER_VERSION=2.5.9
                ARG SIDEKIQ_PRO_PASSWORD={{s}}
                RUN bundle config set --local deployment true
                """), ("compose map", static (v, s) => $$"""
                services:
                  db:
                    image: postgres:16
                    environment:
                      POSTGRES_USER: {{v.Word()}}
                      POSTGRES_PASSWORD: {{s}}
                      POSTGRES_DB: app
                    volumes:
                      - pgdata:/var/lib/postgresql/data
                """), ("compose list", static (v, s) => $$"""
                services:
                  mysql:
                    image: mysql:8.4
                    ports: ["3306:3306"]
                    environment:
                      - MYSQL_DATABASE={{v.Word()}}
                      - MYSQL_ROOT_PASSWORD={{s}}
                      - TZ=America/Los_Angeles
                """), ("systemd unit", static (v, s) => $$"""
                [Service]
                User=deploy
                WorkingDirectory=/srv/{{v.Word()}}/current
                Environment="RAILS_ENV=production"
                Environment="RAILS_MASTER_KEY={{s}}"
                ExecStart=/usr/local/bin/bundle exec puma -C config/puma.rb
                Restart=always
                """), ("systemd drop-in several in one line", static (v, s) => $$"""
                [Service]
                Environment=GOMAXPROCS=4 JWT_SIGNING_KEY={{s}} LOG_LEVEL=info
                """), ("GitLab CI variables", static (v, s) => $$"""
                variables:
                  DOCKER_DRIVER: overlay2
                  SONAR_HOST_URL: https://sonar.{{v.Word()}}.dev
                  SONAR_TOKEN: "{{s}}"
                stages: [test, build, deploy]
                """), ("Spring properties", static (v, s) => $$"""
                server.port=8080
                spring.datasource.url=jdbc:postgresql://localhost:5432/{{v.Word()}}
                spring.datasource.username=app
                spring.datasource.password={{s}}
                spring.jpa.hibernate.ddl-auto=validate
                """), ("printenv", static (v, s) => $$"""
                HOSTNAME={{v.Word()}}-web-{{v.Of(Values.Lower + Values.Digits, 5)}}
                HOME=/root
                LANG=C.UTF-8
                AUTH0_DOMAIN={{v.Word()}}.us.auth0.com
                AUTH0_CLIENT_SECRET={{s}}
                PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin
                PWD=/app
                """), ("PowerShell env", static (v, s) => $$"""
                $env:ARM_TENANT_ID = "{{v.Uuid()}}"
                $env:ARM_CLIENT_ID = "{{v.Uuid()}}"
                $env:ARM_CLIENT_SECRET = "{{s}}"
                terraform plan
                """), ("PowerShell SetEnvironmentVariable", static (v, s) =>
            $$"""[Environment]::SetEnvironmentVariable('GITHUB_WEBHOOK_SECRET', '{{s}}', 'User')"""
        ), ("cmd setx", static (v, s) => $$"""setx ELASTIC_PASSWORD "{{s}}" /M"""), ("cmd set", static (v, s) => $$"""
                @echo off
                set APP_ENV=staging
                set SMTP_PASS={{s}}
                node scripts\send-digest.js
                """), ("fish", static (v, s) => $$"""set -gx TWILIO_AUTH_TOKEN {{s}}"""), ("heroku config output", static (v, s) => $$"""
                === {{v.Word()}}-api-prod Config Vars

                LANG:                en_US.UTF-8
                RACK_ENV:            production
                RAILS_LOG_TO_STDOUT: enabled
                SECRET_KEY_BASE:     {{s}}
                WEB_CONCURRENCY:     2
                """), ("heroku config:set", static (v, s) =>
            $$"""heroku config:set ADMIN_PASSWORD={{s}} WEB_CONCURRENCY=3 --app {{v.Word()}}-staging"""
        ), ("fly secrets set", static (v, s) => $$"""fly secrets set -a {{v.Word()}}-api PHX_HOST={{v.Word()}}.fly.dev SECRET_TOKEN='{{s}}'"""), ("Next.js .env.local", static (v, s) => $$"""
                NEXT_PUBLIC_SITE_URL=http://localhost:3000
                NEXTAUTH_URL=http://localhost:3000
                NEXTAUTH_SECRET="{{s}}"
                NEXT_PUBLIC_POSTHOG_HOST=https://us.i.posthog.com
                """), ("wrangler .dev.vars", static (v, s) => $$"""
                ENVIRONMENT = "development"
                TURNSTILE_SECRET_KEY = "{{s}}"
                """), ("Django", static (v, s) => $$"""
                DJANGO_SETTINGS_MODULE=config.settings.production
                DJANGO_SECRET_KEY='{{s}}'
                DJANGO_ALLOWED_HOSTS=.{{v.Word()}}.com
                """), ("Laravel mail", static (v, s) => $$"""
                MAIL_MAILER=smtp
                MAIL_HOST=smtp.mailgun.org
                MAIL_PORT=587
                MAIL_USERNAME=postmaster@mg.{{v.Word()}}.com
                MAIL_PASSWORD={{s}}
                MAIL_ENCRYPTION=tls
                """), ("with trailing comment", static (v, s) => $$"""
                # cache
                REDIS_HOST=127.0.0.1
                REDIS_PASSWORD={{s}} # rotated 2025-03-02, ask {{v.Word()}} team
                REDIS_DB=0
                """), ("Datadog", static (v, s) => $$"""
                DD_SITE=datadoghq.com
                DD_ENV=prod
                DD_SERVICE={{v.Word()}}-worker
                DD_API_KEY={{s}}
                DD_LOGS_INJECTION=true
                """), ("Algolia admin key", static (v, s) => $$"""
                ALGOLIA_APP_ID={{v.Of(Values.Upper + Values.Digits, 10)}}
                ALGOLIA_INDEX=products_production
                ALGOLIA_ADMIN_API_KEY={{s}}
                """), ("TF_VAR", static (v, s) => $$"""
                export TF_VAR_environment=prod
                export TF_VAR_db_master_password='{{s}}'
                terraform apply -auto-approve
                """), ("PGPASSWORD prefix", static (v, s) =>
            $$"""PGPASSWORD={{s}} pg_dump -h {{v.Word()}}.internal -U app -Fc app_production > /backups/app.dump"""
        ), ("docker run -e", static (v, s) => $$"""docker run -d --name minio -p 9000:9000 -e MINIO_ROOT_USER=minio -e MINIO_ROOT_PASSWORD={{s}} quay.io/minio/minio server /data"""), ("kubectl from-literal", static (v, s) => $$"""kubectl -n {{v.Word()}} create secret generic api-credentials --from-literal=username=svc-api --from-literal=password={{s}}"""), ("Lambda environment", static (v, s) => $$"""aws lambda update-function-configuration --function-name {{v.Word()}}-webhook --environment "Variables={STAGE=prod,SLACK_SIGNING_SECRET={{s}},LOG_LEVEL=warn}" """.TrimEnd()), (".envrc", static (v, s) => $$"""
                use node 22
                PATH_add bin
                export ENCRYPTION_KEY="{{s}}"
                export APP_HOST=localhost:4000
                """), (".zshrc", static (v, s) => $$"""
                # homebrew
                eval "$(/opt/homebrew/bin/brew shellenv)"
                export EDITOR=nvim
                export JIRA_API_TOKEN={{s}}
                alias gs='git status -sb'
                """), ("netlify env:set", static (v, s) =>
            $$"""netlify env:set CONTENTFUL_MANAGEMENT_TOKEN {{s}} --context production"""
        ), ("gradle.properties", static (v, s) => $$"""
                org.gradle.jvmargs=-Xmx4g
                android.useAndroidX=true
                RELEASE_STORE_FILE=release.keystore
                RELEASE_KEY_ALIAS={{v.Word()}}
                RELEASE_STORE_PASSWORD={{s}}
                """), (".NET double underscore", static (v, s) => $$"""
                ASPNETCORE_ENVIRONMENT=Production
                ConnectionStrings__DefaultConnection=Server=tcp:{{v.Word()}}.database.windows.net,1433;Database=app;User ID=appuser;Password={{s}};Encrypt=True;
                """), ("CircleCI BASH_ENV", static (v, s) =>
            $$"""echo 'export CODECOV_TOKEN={{s}}' >> "$BASH_ENV" """.TrimEnd()
        ), ("Snowflake", static (v, s) => $$"""
                SNOWFLAKE_ACCOUNT={{v.Of(Values.Lower, 7)}}-{{v.Of(Values.Lower, 2)}}{{v.Of(Values.Digits, 5)}}
                SNOWFLAKE_USER=DBT_RUNNER
                SNOWFLAKE_PASSWORD={{s}}
                SNOWFLAKE_WAREHOUSE=TRANSFORMING
                """), ("commented out old value", static (v, s) => $$"""
                API_BASE_URL=https://api.{{v.Word()}}.com/v2
                # INTERNAL_API_TOKEN={{s}}
                INTERNAL_API_TIMEOUT_MS=5000
                """), ("passphrase", static (v, s) => $$"""
                MAVEN_GPG_KEYNAME={{v.Of("0123456789ABCDEF", 16)}}
                MAVEN_GPG_PASSPHRASE="{{s}}"
                """), ("pm2 ecosystem", static (v, s) => $$"""
                module.exports = {
                  apps: [{
                    name: "{{v.Word()}}-worker",
                    script: "dist/worker.js",
                    instances: 2,
                    env: {
                      NODE_ENV: "production",
                      COOKIE_SECRET: "{{s}}",
                    },
                  }],
                };
                """), ("GitHub Actions output to GITHUB_ENV", static (v, s) => $$"""
                echo "NODE_VERSION=22" >> $GITHUB_ENV
                echo "DEPLOY_PRIVATE_TOKEN={{s}}" >> $GITHUB_ENV
                """)];

    public static readonly (string Form, Func<Values, string, string> Make)[] Files = [(".npmrc", static (v, s) => $$"""
                @{{v.Word()}}:registry=https://npm.acme.io/
                //npm.acme.io/:_authToken={{s}}
                save-exact=true
                """), (".yarnrc.yml", static (v, s) => $$"""
                nodeLinker: node-modules
                yarnPath: .yarn/releases/yarn-4.5.0.cjs
                npmScopes:
                  {{v.Word()}}:
                    npmRegistryServer: "https://npm.fontawesome.com/"
                    npmAuthToken: "{{s}}"
                """), (".netrc", static (v, s) => $$"""
                machine api.{{v.Word()}}.com
                  login deploy@{{v.Word()}}.com
                  password {{s}}
                """), (".pypirc", static (v, s) => $$"""
                [distutils]
                index-servers =
                    internal

                [internal]
                repository = https://pypi.{{v.Word()}}.net/legacy/
                username = ci-publisher
                password = {{s}}
                """), ("Maven settings.xml", static (v, s) => $$"""
                <settings>
                  <servers>
                    <server>
                      <id>nexus-releases</id>
                      <username>deployer</username>
                      <password>{{s}}</password>
                    </server>
                  </servers>
                </settings>
                """), ("NuGet.config", static (v, s) => $$"""
                <packageSourceCredentials>
                  <AcmePackages>
                    <add key="Username" value="build" />
                    <add key="ClearTextPassword" value="{{s}}" />
                  </AcmePackages>
                </packageSourceCredentials>
                """), ("web.config", static (v, s) => $$"""
                <configuration>
                  <connectionStrings>
                    <add name="Main" connectionString="Data Source=sql01;Initial Catalog={{v.Word()}};User Id=webapp;Password={{s}};MultipleActiveResultSets=True" providerName="System.Data.SqlClient" />
                  </connectionStrings>
                  <system.web><compilation debug="false" targetFramework="4.8" /></system.web>
                </configuration>
                """), ("wp-config.php", static (v, s) => $$"""
                <?php
                define( 'DB_NAME', 'wp_{{v.Word()}}' );
                define( 'DB_USER', 'wordpress' );
                define( 'DB_PASSWORD', '{{s}}' );
                define( 'DB_HOST', 'localhost' );
                define( 'DB_CHARSET', 'utf8mb4' );
                $table_prefix = 'wp_';
                """), ("Kubernetes Secret stringData", static (v, s) => $$"""
                apiVersion: v1
                kind: Secret
                metadata:
                  name: {{v.Word()}}-smtp
                  namespace: mail
                type: Opaque
                stringData:
                  host: email-smtp.us-east-1.amazonaws.com
                  port: "587"
                  smtp-password: {{s}}
                """), ("Helm values", static (v, s) => $$"""
                image:
                  repository: ghcr.io/{{v.Word()}}/api
                  tag: 1.14.2
                postgresql:
                  auth:
                    username: api
                    postgresPassword: "{{s}}"
                    database: api
                  primary:
                    persistence:
                      size: 20Gi
                """), ("Ansible inventory", static (v, s) => $$"""
                [web]
                web1 ansible_host=10.0.{{v.Of("123456789", 2)}}.11 ansible_user=ubuntu ansible_become_pass={{s}}
                web2 ansible_host=10.0.1.12 ansible_user=ubuntu
                """), ("GitHub workflow", static (v, s) => $$$"""
                name: deploy
                on:
                  push:
                    branches: [main]
                jobs:
                  deploy:
                    runs-on: ubuntu-latest
                    env:
                      COMMIT: ${{ github.sha }}
                    steps:
                      - uses: actions/checkout@v4
                      - uses: cloudflare/wrangler-action@v3
                        with:
                          accountId: {{{v.Hex(32)}}}
                          apiToken: {{{s}}}
                """), ("Home Assistant secrets.yaml", static (v, s) => $$"""
                # Use this file to store secrets like usernames and passwords.
                latitude_home: 37.77
                mqtt_username: hass
                mqtt_password: {{s}}
                """), ("Rails database.yml", static (v, s) => $$"""
                production:
                  adapter: postgresql
                  encoding: unicode
                  pool: <%= ENV.fetch("RAILS_MAX_THREADS") { 5 } %>
                  host: {{v.Word()}}.db.internal
                  username: rails
                  password: '{{s}}'
                  database: {{v.Word()}}_production
                """), ("Rails credentials decrypted", static (v, s) => $$"""
                # aws:
                #   region: us-east-1
                twilio:
                  account_sid: AC{{v.Hex(32)}}
                  auth_token: {{s}}
                """), ("Cargo credentials.toml", static (v, s) => $$"""
                [registries.{{v.Word()}}]
                token = "{{s}}"
                """), ("Poetry auth.toml", static (v, s) => $$"""
                [http-basic]
                [http-basic.artifactory]
                username = "{{v.Word()}}"
                password = "{{s}}"
                """), ("AWS credentials", static (v, s) => $$"""
                [default]
                region = us-east-1

                [{{v.Word()}}-prod]
                aws_secret_access_key = {{s}}
                output = json
                """), ("appsettings.json", static (v, s) => $$"""
                {
                  "Logging": { "LogLevel": { "Default": "Information" }
                  },
                  "Jwt": {
                    "Issuer": "https://{{v.Word()}}.com",
                    "Audience": "api",
                    "SigningKey": "{{s}}",
                    "ExpiresMinutes": 60
                  },
                  "AllowedHosts": "*"
                }
                """), ("MCP client config", static (v, s) => $$"""
                {
                  "mcpServers": {
                    "brave-search": {
                      "command": "npx",
                      "args": ["-y", "@modelcontextprotocol/server-brave-search"],
                      "env": {
                        "BRAVE_API_KEY": "{{s}}"
                      }
                    }
                  }
                }
                """), ("password manager CSV", static (v, s) => $$"""
                name,url,username,password,note
                AWS root,https://console.aws.amazon.com,ops@{{v.Word()}}.com,{{s}},MFA on Dana's phone
                """), ("SQL role", static (v, s) => $$"""
                BEGIN;
                CREATE ROLE reporting_readonly WITH LOGIN PASSWORD '{{s}}';
                GRANT CONNECT ON DATABASE app TO reporting_readonly;
                GRANT SELECT ON ALL TABLES IN SCHEMA public TO reporting_readonly;
                COMMIT;
                """), ("MySQL user", static (v, s) => $$"""
                CREATE DATABASE IF NOT EXISTS {{v.Word()}} CHARACTER SET utf8mb4;
                CREATE USER 'metabase'@'%' IDENTIFIED BY '{{s}}';
                FLUSH PRIVILEGES;
                """), ("SQL insert of settings", static (v, s) => $$"""
                INSERT INTO integrations (id, provider, client_id, client_secret, enabled) VALUES
                (14, 'hubspot', '{{v.Uuid()}}', '{{s}}', true);
                """), ("tfvars", static (v, s) => $$"""
                region            = "us-east-2"
                instance_class    = "db.t4g.medium"
                db_username       = "app"
                db_password       = "{{s}}"
                allocated_storage = 50
                """), ("Terraform provider", static (v, s) => $$"""
                provider "datadog" {
                  api_url = "https://api.us5.datadoghq.com/"
                  app_key = "{{s}}"
                }
                """), ("terraform.tfstate", static (v, s) => $$"""
                {
                  "version": 4,
                  "terraform_version": "1.9.5",
                  "resources": [{
                    "mode": "managed",
                    "type": "random_password",
                    "name": "rds",
                    "instances": [{
                      "schema_version": 3,
                      "attributes": { "id": "none", "length": {{s.Length}}, "special": true, "result": "{{s}}" }
                    }]
                  }]
                }
                """), ("CloudFormation", static (v, s) => $$"""
                Resources:
                  Database:
                    Type: AWS::RDS::DBInstance
                    Properties:
                      Engine: postgres
                      DBInstanceClass: db.t4g.small
                      MasterUsername: {{v.Word()}}
                      MasterUserPassword: {{s}}
                      AllocatedStorage: "20"
                """), ("curl -u", static (v, s) => $$"""
                #!/usr/bin/env bash
                set -euo pipefail
                curl -fsS -u "jenkins:{{s}}" -X POST "https://ci.{{v.Word()}}.com/job/release/build?delay=0sec"
                """), ("curl bearer", static (v, s) => $$"""
                curl https://api.{{v.Word()}}.com/v1/invoices?limit=10 \
                  -H "Accept: application/json" \
                  -H "Authorization: Bearer {{s}}"
                """), ("curl X-API-Key", static (v, s) =>
            $$"""curl -s -H 'Content-Type: application/json' -H 'X-API-Key: {{s}}' https://{{v.Word()}}.execute-api.us-east-1.amazonaws.com/prod/orders | jq ."""
        ), ("curl client credentials", static (v, s) => $$"""
                TOKEN=$(curl -s -X POST https://{{v.Word()}}.us.auth0.com/oauth/token \
                  -d grant_type=client_credentials \
                  -d client_id={{v.Of(Values.AlphaNumeric, 32)}} \
                  -d client_secret={{s}} \
                  -d audience=https://api.{{v.Word()}}.com | jq -r .access_token)
                """), ("mysql -p", static (v, s) => $$"""
                # nightly backup
                30 3 * * * mysqldump -h 10.2.0.14 -u backup -p{{s}} --single-transaction {{v.Word()}} | gzip > /var/backups/db.sql.gz
                """), ("sshpass", static (v, s) =>
            $$"""sshpass -p '{{s}}' scp -o StrictHostKeyChecking=no build.tar.gz deploy@{{v.Word()}}.example.net:/srv/releases/"""
        ), ("docker login -p", static (v, s) => $$"""
                docker build -t registry.acme.io/api:$GIT_SHA .
                docker login registry.acme.io -u ci-bot -p {{s}}
                docker push registry.acme.io/api:$GIT_SHA
                """), ("TypeScript pg Pool", static (v, s) => $$"""
                import { Pool } from "pg";

                export const pool = new Pool({
                  host: "{{v.Word()}}.cluster.local",
                  user: "api",
                  password: "{{s}}",
                  max: 20,
                  idleTimeoutMillis: 30_000,
                });
                """), ("Ruby initializer", static (v, s) => $$"""
                # config/initializers/devise.rb
                Devise.setup do |config|
                  config.mailer_sender = "no-reply@{{v.Word()}}.com"
                  config.secret_key = '{{s}}'
                  config.stretches = Rails.env.test? ? 1 : 12
                end
                """), ("Go constant", static (v, s) => $$"""
                package billing

                const (
                	baseURL       = "https://api.{{v.Word()}}.com"
                	webhookSecret = "{{s}}"
                	maxRetries    = 3
                )
                """), ("Python requests auth", static (v, s) => $$"""
                import requests

                session = requests.Session()
                session.auth = ("svc_{{v.Word()}}", "{{s}}")
                r = session.get("https://jira.{{v.Word()}}.com/rest/api/2/search", params={"jql": "project = OPS"})
                r.raise_for_status()
                """), ("Playwright login", static (v, s) => $$"""
                test('admin can log in', async ({ page }) => {
                  await page.goto('https://staging.{{v.Word()}}.com/login');
                  await page.getByLabel('Email').fill('admin@{{v.Word()}}.com');
                  await page.getByLabel('Password').fill('{{s}}');
                  await page.getByRole('button', { name: 'Sign in' }).click();
                });
                """), ("HTTP session cookie", static (v, s) => $$"""
                HTTP/1.1 302 Found
                Location: https://app.{{v.Word()}}.com/dashboard
                Content-Type: text/html; charset=utf-8
                Set-Cookie: _{{v.Word()}}_session={{s}}; path=/; secure; HttpOnly; SameSite=Lax
                X-Request-Id: {{v.Uuid()}}
                """), ("OAuth token response", static (v, s) => $$"""
                HTTP/2 200
                content-type: application/json
                cache-control: no-store

                {"token_type":"bearer","expires_in":3600,"scope":"offline_access crm.objects.read","refresh_token":"{{s}}"}
                """), ("redis.conf", static (v, s) => $$"""
                bind 0.0.0.0
                port 6379
                maxmemory 512mb
                maxmemory-policy allkeys-lru
                requirepass {{s}}
                appendonly yes
                """), (".pgpass", static (v, s) => $$"""
                # ~/.pgpass
                {{v.Word()}}-prod.internal:5432:app_production:app:{{s}}
                """), ("rabbitmq.conf", static (v, s) => $$"""
                listeners.tcp.default = 5672
                default_vhost = /
                default_user = {{v.Word()}}
                default_pass = {{s}}
                vm_memory_high_watermark.relative = 0.6
                """), ("Kafka JAAS", static (v, s) =>
            $$"""
                bootstrap.servers=pkc-{{v.Of(Values.Lower + Values.Digits, 5)}}.us-east-1.aws.confluent.cloud:9092
                security.protocol=SASL_SSL
                sasl.mechanism=PLAIN
                sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="{{v.Of(
                    Values.Upper + Values.Digits,
                    16
                )}}" password="{{s}}";
                """
        ), ("Postfix sasl_passwd", static (v, s) => $$"""
                # /etc/postfix/sasl_passwd
                [email-smtp.us-west-2.amazonaws.com]:587 {{v.Word()}}-mailer:{{s}}
                """), ("WireGuard", static (v, s) => $$"""
                [Interface]
                Address = 10.8.0.{{v.Of("23456789", 1)}}/32
                DNS = 10.8.0.1

                [Peer]
                PublicKey = {{v.Base64(32)}}
                PresharedKey = {{s}}
                AllowedIPs = 10.0.0.0/16
                Endpoint = vpn.{{v.Word()}}.com:51820
                PersistentKeepalive = 25
                """), ("wpa_supplicant", static (v, s) => $$"""
                country=US
                ctrl_interface=DIR=/var/run/wpa_supplicant GROUP=netdev
                network={
                    ssid="{{v.Word()}}-office"
                    psk="{{s}}"
                    key_mgmt=WPA-PSK
                }
                """), ("kubeconfig", static (v, s) => $$"""
                apiVersion: v1
                kind: Config
                current-context: {{v.Word()}}
                clusters:
                - name: prod
                  cluster:
                    server: https://10.20.0.1:6443
                users:
                - name: ci-deployer
                  user:
                    token: {{s}}
                """), ("Alertmanager", static (v, s) => $$"""
                global:
                  smtp_smarthost: 'smtp.sendgrid.net:587'
                  smtp_from: 'alerts@{{v.Word()}}.com'
                  smtp_auth_username: 'apikey'
                  smtp_auth_password: '{{s}}'
                route:
                  receiver: oncall
                """), ("Bundler config", static (v, s) => $$"""
                ---
                BUNDLE_PATH: "vendor/bundle"
                BUNDLE_WITHOUT: "development:test"
                BUNDLE_ENTERPRISE__CONTRIBSYS__COM: "{{v.Hex(8)}}:{{s}}"
                """)];

    public static readonly (string Form, Func<Values, string, string> Make)[] Wrapped = [("Kubernetes Secret data", static (v, s) => $$"""
                apiVersion: v1
                kind: Secret
                metadata:
                  name: {{v.Word()}}-db
                type: Opaque
                data:
                  username: {{B64(v.Word())}}
                  password: {{B64(s)}}
                """), ("docker config.json auth", static (v, s) => $$"""
                {
                  "auths": {
                    "registry.{{v.Word()}}.io": {
                      "auth": "{{B64("deploy:" + s)}}"
                    }
                  },
                  "credsStore": ""
                }
                """), ("Authorization Basic", static (v, s) => $$"""
                GET /api/v4/projects HTTP/1.1
                Host: {{v.Word()}}.internal
                User-Agent: curl/8.7.1
                Authorization: Basic {{B64("admin:" + s)}}
                """), ("base64 of JSON", static (v, s) =>
            "config_b64: " + B64($$"""{"host":"{{v.Word()}}.db","port":5432,"user":"app","password":"{{s}}"}""")
        ), ("GitHub contents API of .env", static (v, s) => $$"""{"name":".env","path":"apps/api/.env","sha":"{{v.Hex(40)}}","size":96,"type":"file","encoding":"base64","content":"{{B64($"NODE_ENV=production\nPORT=8080\nSTRIPE_ACCOUNT={v.Word()}\nDATABASE_PASSWORD={s}\nLOG_LEVEL=info\n")}}\n"}"""), ("form body", static (v, s) => $$"""
                POST /users/sign_in HTTP/1.1
                Host: app.{{v.Word()}}.com
                Content-Type: application/x-www-form-urlencoded

                utf8=%E2%9C%93&user%5Bemail%5D={{v.Word()}}%40gmail.com&user%5Bpassword%5D={{Esc(s)}}&user%5Bremember_me%5D=1
                """), ("query string", static (v, s) =>
            $$"""https://api.{{v.Word()}}.com/v2/geocode?format=json&q=San%20Francisco&api_key={{Esc(s)}}&limit=5"""
        ), ("password in URL, percent-encoded", static (v, s) => $$"""DATABASE_URL="mysql://{{v.Word()}}:{{Esc(s)}}@db.internal:3306/shop?connection_limit=5" """.TrimEnd()), ("Secrets Manager SecretString", static (v, s) => $$"""
                {
                    "ARN": "arn:aws:secretsmanager:us-east-1:{{v.Of("123456789", 12)}}:secret:prod/api/db-{{v.Of(Values.AlphaNumeric, 6)}}",
                    "Name": "prod/api/db",
                    "VersionId": "{{v.Uuid()}}",
                    "SecretString": "{{Js($$"""{"engine":"postgres","username":"api","password":"{{s}}","dbname":"api"}""")}}",
                    "VersionStages": ["AWSCURRENT"]
                }
                """), ("SQS body with SNS message", static (v, s) =>
            $$"""{"MessageId":"{{v.Uuid()}}","Body":"{{Js($$"""{"Type":"Notification","Message":"{{Js($$"""{"event":"user.invited","email":"{{v.Word()}}@acme.io","temporaryPassword":"{{s}}"}""")}}"}""")}}"}"""
        ), ("three levels of JSON", static (v, s) => $$"""{"log":"{{Js($$"""{"level":"debug","msg":"tool result","result":"{{Js($$"""{"status":200,"body":"{{Js($$"""{"id":{{v.Of("123456789", 5)}},"api_key":"{{s}}","active":true}""")}}"}""")}}"}""")}}\n","stream":"stdout"}"""), ("HTML entities", static (v, s) => $$"""<div data-controller="settings" data-settings-config-value="{{WebUtility.HtmlEncode($$"""{"endpoint":"https://{{v.Word()}}.com/api","accessToken":"{{s}}","locale":"en-US"}""")}}"></div>"""), ("data URL", static (v, s) => $$"""<a download="credentials.csv" href="data:text/csv;base64,{{B64($"User name,Password,Console login URL\n{v.Word()},{s},https://{v.Of("123456789", 12)}.signin.aws.amazon.com/console\n")}}">Download .csv</a>"""), ("u0022 escapes", static (v, s) => "payload=" + $$"""{"grantType":"password","username":"{{v.Word()}}@acme.io","password":"{{s}}"}""".Replace("\"", "\\u0022").Replace("+", "\\u002B")), ("HAR headers", static (v, s) => $$"""
                {"request":{"method":"GET","url":"https://{{v.Word()}}.zendesk.com/api/v2/tickets.json",
                "headers":[{"name":"Accept","value":"*/*"},{"name":"X-Auth-Token","value":"{{s}}"},{"name":"Referer","value":"https://{{v.Word()}}.zendesk.com/agent"}],
                "queryString":[]},"time":182}
                """), ("ECS task definition", static (v, s) => $$"""
                {
                  "family": "{{v.Word()}}-api",
                  "cpu": "512",
                  "containerDefinitions": [{
                    "name": "api",
                    "environment": [
                      { "name": "NODE_ENV", "value": "production" },
                      { "name": "MIXPANEL_API_SECRET", "value": "{{s}}" },
                      { "name": "AWS_REGION", "value": "us-east-1" }
                    ]
                  }]
                }
                """), ("args array", static (v, s) =>
            $$"""{"name":"redis","image":"redis:7-alpine","command":["redis-server"],"args":["--appendonly","yes","--requirepass","{{s}}","--maxmemory","256mb"]}"""
        ), ("docker inspect Env", static (v, s) => $$"""
                [{"Id":"{{v.Hex(
                    64
                )}}","Name":"/{{v.Word()}}-keycloak-1","Config":{"Env":["KC_HOSTNAME=sso.{{v.Word()}}.com","KEYCLOAK_ADMIN=admin","KEYCLOAK_ADMIN_PASSWORD={{s}}","PATH=/usr/local/bin:/usr/bin"],
                  "Image":"quay.io/keycloak/keycloak:24.0"},
                  "State":{"Status":"running","ExitCode":0} }]
                """)];

    public static readonly (string Form, Func<Values, string, string> Make)[] Logs = [("Rails parameters", static (v, s) => $$"""
                Started POST "/api/v1/session" for 10.0.3.17 at 2025-05-14 17:22:09 +0000
                Processing by Api::V1::SessionsController#create as JSON
                  Parameters: {"email"=>"{{v.Word()}}@gmail.com", "password"=>"{{s}}", "remember"=>true}
                Completed 201 Created in 212ms (Views: 0.4ms | ActiveRecord: 6.1ms)
                """), ("PostgreSQL statement log", static (v, s) =>
            $$"""2025-06-03 08:14:52.118 UTC [{{v.Of("123456789", 5)}}] postgres@app LOG:  statement: ALTER USER {{v.Word()}} WITH PASSWORD '{{s}}';"""
        ), ("Go DSN in log", static (v, s) => $$"""2025/02/11 03:12:44 main.go:58: db: ping failed, retrying in 2s dsn="{{v.Word()}}:{{s}}@tcp(10.4.0.{{v.Of("123456789", 2)}}:3306)/shop?parseTime=true" err="dial tcp: i/o timeout" """.TrimEnd()), ("pino request log", static (v, s) => $$$"""{"level":30,"time":1747{{{v.Of(Values.Digits, 9)}}},"pid":1,"hostname":"{{{v.Word()}}}-7d9f","req":{"id":"req-4k","method":"GET","url":"/v1/me","headers":{"host":"api.{{{v.Word()}}}.com","authorization":"Bearer {{{s}}}","user-agent":"axios/1.7.2"}},"msg":"incoming request"}"""), ("Spring Boot generated password", static (v, s) => $$"""
                2025-04-09T10:31:07.442Z  WARN 1 --- [main] .s.s.UserDetailsServiceAutoConfiguration :

                Using generated security password: {{s}}

                This generated password is for development use only.
                """), ("MySQL temporary root password", static (v, s) =>
            $$"""2025-01-22T19:05:33.{{v.Of(Values.Digits, 6)}}Z 6 [Note] [MY-010454] [Server] A temporary password is generated for root@localhost: {{s}}"""
        ), ("Jenkins setup", static (v, s) => $$"""
                Jenkins initial setup is required. An admin user has been created and a password generated.
                Please use the following password to proceed to installation:

                {{s}}

                This may also be found at: /var/jenkins_home/secrets/initialAdminPassword
                """), ("set -x trace", static (v, s) => $$"""
                + helm repo update
                + argocd login argocd.{{v.Word()}}.com --username admin --password {{s}} --grpc-web
                'admin:login' logged in successfully
                + argocd app sync {{v.Word()}}
                """), ("Slack message", static (v, s) =>
            $$"""@dana the staging admin login is ops@{{v.Word()}}.com, pw: {{s}} – please don't share it outside the team"""
        ), ("welcome mail", static (v, s) => $$"""
                Subject: Welcome to {{v.Word()}}!

                Hi Jordan,

                Your account has been created. Sign in at https://app.{{v.Word()}}.com with your work email.
                Your temporary password is {{s}}
                You will be asked to change it on first login.
                """), ("Jira ticket", static (v, s) =>
            $$"""OPS-{{v.Of("123456789", 4)}}: Partner integration failing with 401. Steps to reproduce: call GET /v1/shipments with client id {{v.Word()}}-partner and client secret {{s}}; the response is "invalid_client" since Tuesday's deploy."""
        ), ("README demo login", static (v, s) => $$"""
                ## Getting access

                1. Connect to the VPN.
                2. Open https://admin.{{v.Word()}}.dev
                3. Log in:
                   - **Username:** `superadmin`
                   - **Password:** `{{s}}`
                """), ("runbook", static (v, s) =>
            $$"""If the replica lags more than 10 minutes, ssh to db-2.{{v.Word()}}.internal as root (the root password is {{s}}), stop the ETL job and page the data team."""
        ), ("support chat with API key", static (v, s) => $$"""
                Customer: My requests to the export endpoint keep timing out.
                Agent: Sure, which workspace is it?
                Customer: workspace "{{v.Word()}}", here's our API key so you can check: {{s}}
                Agent: Thanks, looking into it now.
                """)];
}
