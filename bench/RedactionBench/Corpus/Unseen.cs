using System.Text;

namespace Kilometers.RedactionBench.Corpus;

/// <summary>Forms that were written last and never used to make a rule: how much leaks of what nobody thought of. Do not tune to these; write new ones.</summary>
internal static class Unseen
{
    public static readonly (string Form, Func<Values, string, string> Make)[] All =
    [
        ("Caddyfile", static (v, s) => $"example.com {{\n  basic_auth {{\n    ada {s}\n  }}\n}}"),
        ("MQTT", static (v, s) => $"mosquitto_pub -h mq -u ops -P {s} -t a/b -m hi"),
        ("smbclient", static (v, s) => $"smbclient //nas/share -U ada%{s}"),
        ("fstab", static (v, s) => $"//nas/share /mnt cifs username=ada,password={s},uid=1000 0 0"),
        ("xmlrpc", static (v, s) => $"<member><name>password</name><value><string>{s}</string></value></member>"),
        ("log4j", static (v, s) => $"log4j.appender.DB.password={s}"),
        ("WildFly", static (v, s) => $"<security><user-name>sa</user-name><password>{s}</password></security>"),
        ("Keycloak", static (v, s) => $"\"credentials\": {{\n  \"secret\": \"{s}\"\n}},"),
        ("Firebase", static (v, s) => $"firebase deploy --token \"{s}\""),
        ("Sentry CLI", static (v, s) => $"[auth]\ntoken={s}\n\n[defaults]\norg=x"),
        ("Nix", static (v, s) => $"services.gitea.database.password = \"{s}\";"),
        ("OpenAPI example", static (v, s) => $"curl -X 'GET' 'https://api.example.com/a' -H 'accept: */*' -H 'x-functions-key: {s}'"),
        ("httpie", static (v, s) => $"http -a ada:{s} GET https://api.example.com/me"),
        ("requests", static (v, s) => $"requests.get(url, auth=('ada', '{s}'))"),
        ("axios", static (v, s) => $"axios.create({{ auth: {{ username: 'ada', password: '{s}' }} }})"),
        ("boto3", static (v, s) => $"boto3.client('s3', aws_access_key_id=k, aws_secret_access_key='{s}')"),
        ("psycopg", static (v, s) => $"psycopg.connect(\"dbname=a user=b password={s}\")"),
        ("Flask", static (v, s) => $"app.secret_key = b'{s}'"),
        ("Express", static (v, s) => $"app.use(session({{ secret: '{s}', resave: false }}))"),
        ("Rails credentials", static (v, s) => $"smtp:\n  user_name: ada\n  password: \"{s}\"\n"),
        ("Laravel", static (v, s) => $"APP_KEY=base64:{v.Base64(32)}\nDB_PASSWORD={s}\n"),
        ("Kafka", static (v, s) => $"sasl.jaas.config=org.apache.kafka.PlainLoginModule required username=\"app\" password=\"{s}\";"),
        ("Elasticsearch", static (v, s) => $"PASSWORD elastic = {s}"),
        ("PostgreSQL log", static (v, s) => $"LOG:  statement: ALTER USER app WITH ENCRYPTED PASSWORD '{s}'"),
        ("Azure CLI", static (v, s) => $"{{\n  \"appId\": \"{v.Uuid()}\",\n  \"password\": \"{s}\",\n  \"tenant\": \"{v.Uuid()}\"\n}}"),
        ("Helm values", static (v, s) => $"postgresql:\n  auth:\n    postgresPassword: {s}\n"),
        ("GitLab CI", static (v, s) => $"variables:\n  DEPLOY_TOKEN: \"{s}\"\n"),
        ("Bitwarden", static (v, s) => $"Item: Shop\nUsername: ada\nPassword: {s}\nURI: https://shop.example.com"),
        ("keepass CSV", static (v, s) => $"\"Account\",\"Login Name\",\"Password\",\"Web Site\"\n\"Shop\",\"ada\",\"{s}\",\"x\"\n"),
        ("support ticket", static (v, s) => $"I cannot sign in, my password {s} does not work any more"),
        ("mail", static (v, s) => $"Hi, here are the credentials you wanted: login ada, password {s}. Bye"),
        ("stack trace", static (v, s) =>
            $"java.sql.SQLException: Access denied for url jdbc:postgresql://db/a?user=app&password={Uri.EscapeDataString(s)}"
        ),
        ("Go error", static (v, s) => $"dial: authentication failed (user=app pass={s})"),
        ("debug dump", static (v, s) => $"array(2) {{ [\"user\"]=> string(3) \"ada\" [\"password\"]=> string(9) \"{s}\" }}"),
        ("Ruby inspect", static (v, s) => $"#<Login:0x01 @user=\"ada\", @password=\"{s}\">"),
        ("protobuf text", static (v, s) => $"auth {{ token: \"{s}\" ttl: 3 }}"),
        ("base64 in an env line", static (v, s) =>
            $"CONFIG_B64={Convert.ToBase64String(Encoding.UTF8.GetBytes($"[db]\nuser=app\npassword={s}\n"))}"
        ),
        ("two-line YAML", static (v, s) => $"- id: api_token\n  secret: true\n  value: {s}"),
    ];
}
