using System.Net;
using System.Text;
using System.Text.Json;
using static Kilometers.RedactionBench.Corpus.Values;

namespace Kilometers.RedactionBench.Corpus;

/// <summary>More files, commands and messages, written after the first rules: a quarter of them leaked at first sight.</summary>
internal static class MoreFiles
{
    public static readonly (string Form, Func<Values, string, string> Make)[] All =
    [
        ("Gradle properties", static (v, s) => $"org.gradle.jvmargs=-Xmx2g\nnexusUsername=ci\nnexusPassword={s}\n"),
        ("sbt credentials", static (v, s) => $"credentials += Credentials(\"Nexus\", \"nexus.example.com\", \"ci\", \"{s}\")"),
        ("Cargo credentials", static (v, s) => $"[registries.internal]\ntoken = \"{s}\"\n"),
        ("NuGet.config", static (v, s) =>
            $"<packageSourceCredentials><feed><add key=\"Username\" value=\"ci\" /><add key=\"ClearTextPassword\" value=\"{s}\" /></feed></packageSourceCredentials>"
        ),
        ("composer auth", static (v, s) => $"{{\"http-basic\":{{\"repo.example.com\":{{\"username\":\"ci\",\"password\":\"{s}\"}}}}}}"),
        ("conda token URL", static (v, s) => $"channels:\n  - https://conda.example.com/t/{v.Of(Lower + Digits, 6)}/main\npassword: {s}"),
        ("appsettings.json", static (v, s) => $"{{\n  \"Smtp\": {{\n    \"Host\": \"mail\",\n    \"Password\": \"{s}\"\n  }}\n}}"),
        ("environment of .NET", static (v, s) => $"Smtp__Password={s}\nLogging__LogLevel__Default=Warning"),
        ("docker inspect", static (v, s) => $"\"Env\": [\n    \"PATH=/usr/bin\",\n    \"MINIO_ROOT_PASSWORD={s}\"\n]"),
        ("docker secret", static (v, s) => $"printf '{s}' | docker secret create db_password -"),
        ("kubectl literal", static (v, s) => $"kubectl create secret generic db --from-literal=password={s} -n app"),
        ("kubectl patch", static (v, s) => $"kubectl patch secret db -p '{{\"stringData\":{{\"password\":\"{s}\"}}}}'"),
        ("vault kv put", static (v, s) => $"vault kv put secret/app db_password={s}"),
        ("aws configure", static (v, s) => $"aws configure set aws_secret_access_key {s} --profile ci"),
        ("gh secret", static (v, s) => $"gh secret set DEPLOY_TOKEN --body \"{s}\""),
        ("heroku config", static (v, s) => $"heroku config:set SESSION_SECRET={s} -a shop"),
        ("az keyvault", static (v, s) => $"az keyvault secret set --vault-name kv --name db --value {s}"),
        ("terraform output", static (v, s) => $"Outputs:\n\ndb_password = \"{s}\"\nendpoint = \"db.example.com\"\n"),
        ("pulumi config", static (v, s) => $"pulumi config set --secret dbPassword {s}"),
        ("git config", static (v, s) => $"git config --global http.extraHeader \"Authorization: Bearer {s}\""),
        ("rclone", static (v, s) => $"[backup]\ntype = s3\nprovider = Minio\nsecret_access_key = {s}\n"),
        ("restic", static (v, s) => $"RESTIC_REPOSITORY=s3:https://s3.example.com/b RESTIC_PASSWORD={s} restic backup /home"),
        ("ssh config", static (v, s) => $"# bastion\nHost b\n  User ops\n# passphrase: {s}\n"),
        ("OpenVPN auth", static (v, s) => $"username: ops\npassphrase: {s}\n"),
        ("PuTTY", static (v, s) => $"plink -ssh -pw {s} ops@10.0.0.3"),
        ("psql variable", static (v, s) => $"PGUSER=app PGPASSWORD='{s}' psql -h db"),
        ("mongosh", static (v, s) => $"mongosh --host db -u app --password {s} --authenticationDatabase admin"),
        ("SQL Server", static (v, s) => $"sqlcmd -S db -U sa -P {s} -Q \"select 1\""),
        ("Oracle", static (v, s) => $"sqlplus system/{s}@//db:1521/XE"),
        ("SQL grant", static (v, s) => $"GRANT ALL ON app.* TO 'app'@'%' IDENTIFIED BY \"{s}\";"),
        ("SQL copy", static (v, s) => $"COPY t FROM 's3://b/k' CREDENTIALS 'aws_access_key_id=x;aws_secret_access_key={s}';"),
        ("Kotlin", static (v, s) => $"val apiToken: String = \"{s}\""),
        ("Swift", static (v, s) => $"static let clientSecret = \"{s}\""),
        ("Ruby", static (v, s) => $"ENV['STRIPE_SECRET_KEY'] ||= '{s}'"),
        ("Perl", static (v, s) => $"my $password = '{s}';"),
        ("Clojure", static (v, s) => $"{{:user \"app\" :password \"{s}\"}}"),
        ("Scala HOCON", static (v, s) => $"db {{ user = app, password = \"{s}\" }}"),
        ("TypeScript class", static (v, s) => $"private readonly apiKey: string = '{s}';"),
        ("Python class", static (v, s) => $"    SECRET_KEY: str = \"{s}\""),
        ("Python format", static (v, s) => $"headers = {{\"Authorization\": \"token {s}\"}}"),
        ("Java properties", static (v, s) => $"System.setProperty(\"javax.net.ssl.keyStorePassword\", \"{s}\");"),
        ("C macro", static (v, s) => $"#define WIFI_PASSWORD \"{s}\""),
        ("Arduino", static (v, s) => $"const char* password = \"{s}\";"),
        ("Bash array", static (v, s) => $"CREDS=(\"ada\" \"{s}\")"),
        ("Bash read", static (v, s) => $"read -r TOKEN <<< \"{s}\""),
        ("here document", static (v, s) => $"cat > .env <<EOF\nTOKEN={s}\nEOF"),
        ("GraphQL", static (v, s) => $"mutation {{ signIn(email: \"ada@example.com\", password: \"{s}\") {{ id }} }}"),
        ("gRPC text", static (v, s) => $"credentials {{\n  user: \"ada\"\n  password: \"{s}\"\n}}"),
        ("SIP", static (v, s) => $"[6001]\ntype=auth\nauth_type=userpass\nusername=6001\npassword={s}\n"),
        ("Cisco", static (v, s) => $"username admin privilege 15 secret 0 {s}"),
        ("SNMP", static (v, s) => $"snmpwalk -v3 -l authPriv -u ops -A {s} -X {s} 10.0.0.1"),
        ("Grafana provisioning", static (v, s) => $"datasources:\n  - name: pg\n    secureJsonData:\n      password: {s}\n"),
        ("Prometheus", static (v, s) => $"basic_auth:\n  username: prom\n  password: {s}\n"),
        ("Traefik", static (v, s) => $"--certificatesresolvers.dns.acme.dnschallenge.token={s}"),
        ("Rails log", static (v, s) =>
            $"Parameters: {{\"utf8\"=>\"x\", \"user\"=>{{\"email\"=>\"ada@example.com\", \"password\"=>\"{s}\"}}}}"
        ),
        ("Spring log", static (v, s) => $"Using generated security password: {s}"),
        ("Django debug", static (v, s) => $"EMAIL_HOST_PASSWORD    '{s}'\nEMAIL_PORT    25"),
        ("Jupyter", static (v, s) => $"http://127.0.0.1:8888/lab?token={Uri.EscapeDataString(s)}"),
        ("reset link", static (v, s) => $"https://app.example.com/reset?reset_token={Uri.EscapeDataString(s)}&lang=en"),
        ("S3 presigned", static (v, s) => $"https://b.s3.amazonaws.com/k?X-Amz-Expires=60&X-Amz-Security-Token={Uri.EscapeDataString(s)}"),
        ("WebSocket protocol", static (v, s) => $"Sec-WebSocket-Protocol: graphql\r\nX-Access-Token: {s}\r\n"),
        ("chat, two lines", static (v, s) => $"user: ada\npass: {s}\nplease change it"),
        ("German", static (v, s) => $"Das Passwort: {s}"),
        ("French", static (v, s) => $"Mot de passe : {s}"),
        ("Spanish", static (v, s) => $"contraseña: {s}"),
        ("meeting", static (v, s) => $"Meeting ID: 812 3456 7890\nPasscode: {s}"),
        ("voucher", static (v, s) => $"Your one-time password is {s}. It expires in ten minutes."),
        ("JSON with comments", static (v, s) => $"{{\n  // rotate\n  \"api-key\": \"{s}\",\n}}"),
        ("JSON5", static (v, s) => $"{{ user: 'ada', password: '{s}', }}"),
        ("single-quoted JSON", static (v, s) => $"{{'token': '{s}', 'n': 1}}"),
        ("XML CDATA", static (v, s) => $"<password><![CDATA[{s}]]></password>"),
        ("SOAP", static (v, s) => $"<ns1:login><ns1:user>ada</ns1:user><ns1:pwd xsi:type=\"xsd:string\">{s}</ns1:pwd></ns1:login>"),
        ("YAML list", static (v, s) => $"users:\n  - {{ name: ada, password: {s} }}\n"),
        ("YAML anchors", static (v, s) => $"token: &tok {s}\nother: *tok\n"),
        ("YAML key and value", static (v, s) => $"- key: client_secret\n  value: '{s}'\n"),
        ("Markdown heading", static (v, s) => $"### Password\n\n`{s}`\n"),
        ("AsciiDoc", static (v, s) => $"Password:: {s}"),
        ("aligned", static (v, s) => $"User ........ ada\nPassword .... {s}\n"),
        ("HTML table", static (v, s) => $"<tr><th>Password</th><td>{s}</td></tr>"),
        ("HTML bold", static (v, s) => $"<p>Your password is <b>{s}</b></p>"),
        ("base64 in YAML", static (v, s) =>
            $"config.json: {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{{\"client_secret\":\"{s}\"}}"))}"
        ),
        ("HTML entities in XML", static (v, s) => $"<body>{WebUtility.HtmlEncode($"<password>{s}</password>")}</body>"),
        ("URL-encoded userinfo", static (v, s) => $"next={Uri.EscapeDataString($"https://ada:{s}@example.com/")}"),
        ("JSON string in a log", static (v, s) => $"payload: {JsonSerializer.Serialize(JsonSerializer.Serialize(new { api_key = s }))}"),
    ];
}
